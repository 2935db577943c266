# SPDX-License-Identifier: Apache-2.0
"""The throw-away program that a waiting machine runs leaves nothing that a task could see.

A machine that was exercised is compared with one of the same template that was not. What differs by nature is left out:
the numbers of processes, how many workers (kworker) the kernel has just now, and /proc and /sys but for the parts named.
"""

import re

from harness import check, equal, test

LOOKS = {  # the first two look before they sort: a pipe's processes come to be in any order
    "processes": 'all=$(cat /proc/[0-9]*/comm); echo "$all" | grep -v ^kworker | sort',
    "users, groups, threads and zombies": "all=$(awk '/^Name/ { skip = /kworker/ }"
        " !skip && /^(Uid|Gid|Groups|Threads|State:.*zombie)/' /proc/[0-9]*/status); echo \"$all\" | sort",
    "mounts": "cat /proc/self/mountinfo",
    "kernel log": "dmesg",
    "cgroups": "find /sys/fs/cgroup -printf '%p %y %m %U %G %n\\n' | sort; cat /sys/fs/cgroup/*/cgroup.procs | wc -l",
    "files": "find / \\( -path /proc -o -path /sys \\) -prune -o -printf '%p %y %m %U %G %s %n %i %T@ %C@ %A@ %l\\n' | sort",
    "System V IPC": "cat /proc/sysvipc/*",
    "sockets": "cat /proc/net/unix | wc -l",
}


def looks(record):
    equal((record["verdict"], record["stderr"]), ("ok", ""), "end")
    return dict(zip(LOOKS, re.split("^=====\n", record["stdout"], flags=re.MULTILINE)[1:]))


def first_difference(left, right):
    return next(((a, b) for a, b in zip(left.splitlines(), right.splitlines()) if a != b), (len(left), len(right)))


def but_for_name(text):
    """Each machine writes its own name there when it gets it."""
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith("/etc/hosts "))


@test("processes, files with all their times, mounts, kernel log and cgroups are as without it")
def leaves_nothing(t):
    script = "".join(f"echo =====; {{ {look}; }} 2>/dev/null\n" for look in LOOKS.values())
    task = {"argv": ["sh", "-c", script]}
    live = t.start_batch("-j", "1", "--pool", "1")
    for _ in range(2):  # the first may leave the machine behind that was launched for it, and in haste
        live.ask({"argv": ["true"]})
        live.wait_pool(1)
    record = live.ask(task)
    live.stdin.close()
    equal(live.wait().status, 0, "status")
    check(record["machine"]["exercise_ms"] > 1, f"it was not exercised: {record['machine']}")
    (other,) = t.batch([task], "--pool", "0").records()
    check(other["machine"]["exercise_ms"] < 1, f"it was exercised: {other['machine']}")
    exercised, untouched = looks(record), looks(other)
    equal(len(exercised), len(LOOKS), "looks")
    for name, text in exercised.items():
        check(text.strip(), f"nothing is known about {name}")
        text, other = but_for_name(text), but_for_name(untouched[name])
        check(text == other, f"{name}: with and without it: {first_difference(text, other)}")
