# SPDX-License-Identifier: Apache-2.0
"""A machine is a Debian system to its programs, as root and in the sandbox: host name, users, time zones, stacks."""

from deep import DEEP
from harness import by_id, contains, equal, test

LOOKS = """import datetime, getpass, os, pwd, socket, time, zoneinfo
name = socket.gethostname()
print(name[:2], socket.gethostbyname(name), socket.gethostbyname("localhost"))
print(getpass.getuser(), pwd.getpwuid(os.getuid()).pw_dir == os.path.expanduser("~") == os.environ["HOME"])
print(time.tzname[0], datetime.datetime(2024, 7, 1, tzinfo=zoneinfo.ZoneInfo("America/New_York")).utcoffset().total_seconds() / 3600)
"""
# What is linked statically finds them, too.
LOOKS_IN_C = """#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netdb.h>
#include <pwd.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>
int main(void) {
  char name[100], address[100];
  struct addrinfo* found = NULL;
  gethostname(name, sizeof name);
  if (getaddrinfo(name, NULL, NULL, &found) != 0) return 1;
  inet_ntop(AF_INET, &((struct sockaddr_in*)found->ai_addr)->sin_addr, address, sizeof address);
  time_t now = 0;
  printf("%s %s %s\\n", address, getpwuid(getuid())->pw_name, localtime(&now)->tm_zone);
}
"""
LIMITS = {"timeout_ms": 120_000, "compile_ms": 120_000}
TOKYO = {"TZ": "Asia/Tokyo"}


def looks(user, zone):
    return f"m- 127.0.1.1 127.0.0.1\n{user} True\n{zone} -4.0\n"


@test("a program finds its host's name, its user and time zones, as root, in the sandbox, and linked statically; UTC is the default")
def finds(t):
    script = [{"path": "looks.py", "content": LOOKS}]
    tasks = [{"id": "root", "argv": ["python3", "looks.py"], "files": script},
             {"id": "sandbox", "argv": ["python3", "looks.py"], "files": script, "sandbox": True, "env": TOKYO},
             {"id": "static", "language": "c", "source": LOOKS_IN_C, "env": TOKYO}]
    found = by_id(t.batch([task | {"limits": LIMITS} for task in tasks], "-j", "2").records())
    says = {"root": looks("root", "UTC"), "sandbox": looks("user", "JST"), "static": "127.0.1.1 user JST\n"}
    for name, text in says.items():
        equal((found[name]["verdict"], found[name].get("stdout")), ("ok", text), f"{name}: {found[name]}")


@test("a stack may have what memory there is, by argv too, and a thread's; one that has no end runs out of memory")
def stacks(t):
    make = "gcc -O1 -pthread -o deep main.c && echo %d | ./deep"
    task = {"files": [{"path": "main.c", "content": DEEP["c"]}], "limits": LIMITS | {"memory_bytes": 256 << 20}}
    tasks = [task | {"id": "deep", "argv": ["sh", "-c", make % 700_000]}, task | {"id": "endless", "argv": ["sh", "-c", make % 1_000_000_000]}]
    found = by_id(t.batch(tasks, "-j", "2").records())
    equal((found["deep"]["verdict"], found["deep"].get("stdout")), ("ok", "700000 700000\n"), f"{found['deep']}")
    equal(found["endless"]["verdict"], "memory_exceeded", f"{found['endless']}")


@test("sanitizers of GCC find what they look for in a machine, and in the sandbox but for leaks, for which a program would have to be traced")
def sanitizers(t):
    text = "#include <stdlib.h>\nint main(int c, char** v) { (void)v; int most = 0x7fffffff; most += c; char* p = malloc(9); return p[8 + c] + most; }\n"
    racy = ("#include <pthread.h>\nint shared;\nvoid* add(void* x) { shared++; return x; }\n"
            "int main(void) { pthread_t t; pthread_create(&t, 0, add, 0); shared++; pthread_join(t, 0); return 0; }\n")
    files = [{"path": "a.c", "content": text}, {"path": "t.c", "content": racy}]
    make = "gcc -g -fsanitize=address,undefined -o a a.c && gcc -g -fsanitize=thread -o t t.c && { ./a; ./t; true; }"
    task = {"argv": ["sh", "-c", make], "files": files, "limits": LIMITS}
    for record in t.batch([task | {"id": "root"}, task | {"id": "sandbox", "sandbox": True}], "-j", "2").records():
        for words in ("signed integer overflow", "heap-buffer-overflow", "data race"):
            contains(record["stderr"], words, f"what {record['id']} finds")
