# SPDX-License-Identifier: Apache-2.0
"""A mayfly that waits uses no CPU: not one system call, not one tick."""

import os
import re
import shutil
import subprocess
import threading
from pathlib import Path

from harness import Skip, check, equal, test

SECONDS = 10


def ticks(pid):
    """User and system time used so far, in clock ticks."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return int(fields[11]), int(fields[12])


def traced(t, *arguments):
    """mayfly under strace, the pid of mayfly, and the trace."""
    strace = shutil.which("strace")
    if not strace:
        raise Skip("there is no strace here")
    trace = t.folder / "trace"
    live = t.start(*arguments, wrapper=(strace, "-f", "-ttt", "-o", trace), stdin=subprocess.PIPE)
    return live, trace


def mayfly_pid(live):
    (pid,) = map(int, Path(f"/proc/{live.pid}/task/{live.pid}/children").read_text().split())
    return pid


def be_idle(pid):
    """Lets SECONDS pass, which is what these tests are about; returns the ticks used in them."""
    before = ticks(pid)
    threading.Event().wait(SECONDS)
    return tuple(after - earlier for earlier, after in zip(before, ticks(pid)))


def mark(live):
    """Makes mayfly do something that shows in the trace, and waits until it is done."""
    seen = bytes(live.out.content).count(b"\n")
    live.stdin.write(b"{\n")
    live.out.wait_for(lambda content: content.count(b"\n") > seen, "a result")


def calls_between(trace, pid, begin, end):
    calls = []
    for line in trace.read_text().splitlines():
        match = re.match(rf"{pid} +([\d.]+) (.*)", line)
        if match and begin < float(match[1]) < end:
            calls.append(match[2])
    return calls


@test("a batch that waits for input makes no system call in 10 seconds, and uses no CPU")
def batch(t):
    live, trace = traced(t, "batch", "-")
    mark(live)
    pid = mayfly_pid(live)
    used = be_idle(pid)
    mark(live)
    live.stdin.close()
    equal(live.wait().status, 0, "status")
    equal(used, (0, 0), "ticks of CPU")
    lines = [line for line in trace.read_text().splitlines() if line.startswith(f"{pid} ")]
    # The longest silence is the idle time: one wait stands in it.
    times = [float(line.split()[1]) for line in lines]
    silence = max(later - earlier for earlier, later in zip(times, times[1:]))
    check(silence > SECONDS * 0.95, f"the longest time without a system call is {silence:.2f} s")


@test("a mayfly whose task sleeps makes no system call either")
def task(t):
    live, trace = traced(t, "run", "--", "sh", "-c", "echo begun; sleep 11; echo ended")
    live.wait_out("begun\n")
    pid = mayfly_pid(live)
    used = be_idle(pid)
    equal(live.wait().status, 0, "status")
    check(sum(used) <= 1, f"{used} ticks of CPU")
    times = [float(line.split()[1]) for line in trace.read_text().splitlines() if line.startswith(f"{pid} ")]
    silence = max(later - earlier for earlier, later in zip(times, times[1:]))
    check(silence > 8, f"the longest time without a system call is {silence:.2f} s")


@test("a machine that waits leaves its host's processor alone")
def machine(t):
    if os.cpu_count() < 1:
        raise Skip("no processor")
    live = t.start("--log-level", "debug", "run", "--", "sh", "-c", "echo begun; sleep 600")
    pid = live.wait_moved("ready", "running")
    live.wait_out("begun\n")
    used = sum(be_idle(pid)) / os.sysconf("SC_CLK_TCK")
    live.signal(2)
    equal(live.wait().status, 130, "status")
    check(used < SECONDS / 2, f"QEMU used {used} s of CPU in {SECONDS} s of doing nothing")
