# SPDX-License-Identifier: Apache-2.0
"""A mayfly that waits uses no CPU: not one tick, and no system call but for a look at the clock while a program's time runs."""

import os
import shutil
import signal
import subprocess
import threading
from pathlib import Path

from harness import Skip, check, children_of, equal, test

SECONDS = 10
MOST_TICKS = 30  # that a machine which waits may use in that time; 13 were measured


def traced(t, *arguments, options=()):
    """mayfly under strace, and the trace."""
    strace = shutil.which("strace")
    if not strace:
        raise Skip("there is no strace here")
    trace = t.folder / "trace"
    return t.start(*arguments, wrapper=(strace, *options, "-ttt", "-o", trace), stdin=subprocess.PIPE), trace


def child_of(live):
    (pid,) = children_of(live.pid)
    return pid


def ticks(pid):
    """User and system time used so far, in clock ticks."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def ticks_of_idling(pid):
    """Lets SECONDS pass, which is what these tests are about; returns the CPU time used in them."""
    before = ticks(pid)
    threading.Event().wait(SECONDS)
    return ticks(pid) - before


def longest_silence(trace):
    """The longest time between two system calls."""
    times = [float(word) for line in trace.read_text().splitlines() for word in line.split() if word.count(".") == 1
             and word.replace(".", "").isdigit() and len(word) > 15]
    return max(later - earlier for earlier, later in zip(times, times[1:]))


@test("a batch that waits for input makes no system call in 10 seconds, and uses no CPU")
def batch(t):
    live, trace = traced(t, "batch", "-", options=("-f",))
    live.ask(b"{\n")  # makes it do something, and waits until it is done
    used = ticks_of_idling(child_of(live))
    live.ask(b"{\n")
    live.stdin.close()
    equal(live.wait().status, 0, "status")
    check(used < t.setting.slow(1), f"ticks of CPU: {used}")
    silence = longest_silence(trace)
    check(silence > SECONDS - 0.5, f"the longest time without a system call is {silence:.2f} s")


@test("a mayfly whose task sleeps looks up once a second, to know that it is there, and uses no CPU either")
def task(t):
    live, trace = traced(t, "run", "--", "sh", "-c", f"echo begun; sleep {SECONDS + 1}")
    live.wait_out("begun\n")
    used = ticks_of_idling(child_of(live))
    equal(live.wait().status, 0, "status")
    check(used < t.setting.slow(1), f"ticks of CPU: {used}")
    silence = longest_silence(trace)
    check(silence > 0.9, f"the longest time without a system call is {silence:.2f} s")


@test("a machine that waits leaves the processor alone")
def machine(t):
    live = t.start("--log-level", "debug", "run", "--", "sh", "-c", "echo begun; sleep 600")
    qemu = live.wait_moved("ready", "running")
    live.wait_out("begun\n")
    used = ticks_of_idling(qemu) / os.sysconf("SC_CLK_TCK")
    live.signal(signal.SIGINT)
    equal(live.wait().status, 130, "status")
    check(used < SECONDS / 4, f"QEMU used {used} s of CPU in {SECONDS} s of doing nothing")


@test("a full pool that waits makes no system call, and its machines hardly use the processor")
def pool(t):
    live, trace = traced(t, "--log-level", "debug", "batch", "-j", "2", "--pool", "2", "-")
    live.stdin.write(t.tasks([{"argv": ["true"]}] * 2).read_bytes())
    live.out.wait_for(lambda content: content.count(b"\n") == 2, "results")
    machines = live.wait_pool(2)
    before = [ticks(pid) for pid in machines]
    used = ticks_of_idling(child_of(live))
    machines_used = [ticks(pid) - earlier for pid, earlier in zip(machines, before)]
    live.ask(b"{\n")
    live.stdin.close()
    equal(live.wait().status, 0, "status")
    equal(used, 0, "ticks of mayfly")
    silence = longest_silence(trace)
    check(silence > SECONDS - 0.5, f"the longest time without a system call is {silence:.2f} s")
    check(max(machines_used) <= MOST_TICKS, f"the machines used {machines_used} ticks in {SECONDS} s")
