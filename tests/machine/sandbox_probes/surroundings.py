# SPDX-License-Identifier: Apache-2.0
"""What a sandboxed program finds around itself."""

import contextlib
import json
import os
import resource

PLACES = ("/", "/bin", "/dev", "/dev/shm", "/etc", "/home", "/proc", "/proc/self", "/root", "/run", "/sys", "/tmp",
          "/usr/bin", "/usr/lib/python3", "/var", "/var/tmp", "/work")
OWN = ("/dev/shm", "/run", "/sys", "/tmp", "/work")


def can_make_file(place):
    try:
        with open(f"{place}/made", "w", encoding="utf-8") as file:
            file.write("x")
    except OSError:
        return False
    return True


def names_in(place):
    with contextlib.suppress(PermissionError):
        return sorted(os.listdir(place))


def status_lines():
    with open("/proc/self/status", encoding="utf-8") as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)


def text_of(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


status = status_lines()
own = [f"/work/{name}" for name in names_in("/work") if os.stat(f"/work/{name}").st_uid == os.getuid()]
full = {place: names_in(place) for place in OWN}
writable = sorted(place for place in PLACES if can_make_file(place))
descriptors = os.listdir("/proc/self/fd")
print(json.dumps({
    "ids": [os.getuid(), os.geteuid(), os.getgid(), os.getegid(), os.getgroups()],
    "capabilities": [int(status[name], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")],
    "no_new_privileges": int(status["NoNewPrivs"]), "seccomp": int(status["Seccomp"]),
    "descriptors": sorted(map(int, descriptors))[:-1],  # the last is the listing's own
    "pid": os.getpid(), "parent": os.getppid(),
    "processes": [int(name) for name in os.listdir("/proc") if name.isdigit()],
    "cgroup": text_of("/proc/self/cgroup"), "devices": names_in("/dev"), "full": full, "own": own,
    "writable": writable, "tried": PLACES, "refused": sorted(set(PLACES) - set(writable)),
    "core": resource.getrlimit(resource.RLIMIT_CORE)}))
