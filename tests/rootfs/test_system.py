# SPDX-License-Identifier: Apache-2.0
"""What programs find in an image, as on any Debian system: time zones, names of users and services, processes."""

import functools
import os

from checks import contains, equal
from chroot import Chroot

TOKYO = {"TZ": "Asia/Tokyo"}
# A command, what is in its environment, and what it prints.
FOUND = [
    (["date", "+%Z %z"], {}, "UTC +0000"),
    (["date", "-d", "@0", "+%Z %H"], TOKYO, "JST 09"),
    (["whoami"], {}, "user"),
    (["sh", "-c", "getent passwd user; getent group 1000"], {}, "user:x:1000:1000:,,,:/tmp:/bin/sh\nuser:x:1000:"),
    (["sh", "-c", "set -- $(getent services https/tcp) $(getent protocols udp); echo $2 $4"], {}, "443/tcp 17"),
    (["ps", "-o", "user=,comm=", "-p", "1"], {}, "user     ps"),
    (["locale", "charmap"], {}, "UTF-8"),
]
PYTHON = """import datetime, getpass, os, pwd, socket, time, zoneinfo
print(time.tzname[0], datetime.datetime(2024, 7, 1, tzinfo=zoneinfo.ZoneInfo("America/New_York")).utcoffset().total_seconds() / 3600)
print(getpass.getuser(), pwd.getpwuid(os.getuid()).pw_dir, os.path.expanduser("~"), socket.getservbyname("http"))
"""


def finds(image, words, env, text):
    with Chroot(image / "rootfs.ext4") as place:
        ended = place.run(words, env)
        equal((ended.returncode, ended.stdout.strip()), (0, text), f"what {words} says {ended.stderr}")


def finds_all(image):
    for words, env, text in FOUND:
        finds(image, words, env, text)
    finds(image, ["python3", "-c", PYTHON], TOKYO, "JST -4.0\nuser /tmp /tmp 80")


# Each with an error of its own kind. Addresses are as in a machine: more random ones are too much for these libraries.
SANITIZED = {
    "address,undefined": ("#include <stdlib.h>\nint main(int argc, char** argv) { (void)argv; int most = 0x7fffffff; most += argc;\n"
                          "int* p = malloc(40); p[9 + argc] = most; return p[1]; }\n", ("signed integer overflow", "heap-buffer-overflow")),
    "thread": ("#include <pthread.h>\nint shared;\nvoid* add(void* x) { shared++; return x; }\nint main(void) { pthread_t t;\n"
               "pthread_create(&t, 0, add, 0); shared++; pthread_join(t, 0); return 0; }\n", ("data race",)),
    "leak": ("#include <stdlib.h>\nchar* volatile p;\nint main(void) { p = malloc(7); p = 0; return 0; }\n", ("detected memory leaks",)),
}


def sanitizes(image, kind):
    text, words = SANITIZED[kind]
    with Chroot(image / "rootfs.ext4") as place:
        place.write({"main.c": text})
        made = place.run(["gcc", "-g", f"-fsanitize={kind}", "-pthread", "main.c"])
        equal(made.returncode, 0, f"status of gcc, which says {made.stderr}")
        ended = place.run(["setarch", "-R", "./a.out"])
        for word in words:
            contains(ended.stderr, word, "what it finds")


def tests(images):
    found = []
    for image in images:
        why = "needs root, for mounts" if os.geteuid() != 0 else None
        if not (image / "manifest.json").exists():
            why = f"there is no {image}: run scripts/setup"
        rows = [("as on any Debian system", functools.partial(finds_all, image))]
        rows += [(f"-fsanitize={kind} finds an error", functools.partial(sanitizes, image, kind)) for kind in SANITIZED]
        found += [(f"system: {image.name}: {name}", (lambda why=why: why) if why else test) for name, test in rows]
    return found
