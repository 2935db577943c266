# SPDX-License-Identifier: Apache-2.0
"""Ctrl-C and SIGTERM: once lets running tasks end, twice cancels them; a result for each, and nothing left."""

import os
import re
import resource
import signal

from harness import by_id, contains, equal, shell, test

QUEUED = {"id": "queued", "argv": ["true"]}


def running(t, tasks, *options, **more):
    """A batch whose stdin stays open, when its first two tasks run."""
    live = t.start_batch("-j", "2", *options, **more)
    live.stdin.write(t.tasks(tasks).read_bytes())
    live.wait_moved("ready", "running")
    live.wait_moved("ready", "running")
    return live


def verdicts(ended):
    return {name: r["verdict"] for name, r in by_id(ended.records()).items()}


@test("batch: SIGINT lets running tasks end, starts no more, and is 130")
def once(t):
    live = running(t, [shell("sleep 5", id="a"), shell("sleep 5", id="b"), QUEUED])
    live.signal(signal.SIGINT)
    live.wait_log("interrupted: waiting")
    ended = live.wait()
    equal((ended.status, verdicts(ended)), (130, {"a": "ok", "b": "ok"}), "end")
    contains(ended.err, "interrupt again to cancel", "stderr")


@test("batch: Ctrl-C at a terminal, which reaches mayfly's whole process group, still lets running tasks end")
def whole_group(t):
    live = running(t, [shell("sleep 5", id="a"), shell("sleep 5", id="b"), QUEUED], start_new_session=True)
    os.killpg(live.pid, signal.SIGINT)
    ended = live.wait()
    equal((ended.status, verdicts(ended)), (130, {"a": "ok", "b": "ok"}), "end")


@test("batch: SIGINT twice cancels what runs")
def twice(t):
    live = running(t, [shell("sleep 600", id="a"), shell("sleep 600", id="b"), QUEUED])
    live.signal(signal.SIGINT)
    live.wait_log("interrupted: waiting")
    live.signal(signal.SIGINT)
    ended = live.wait()
    equal((ended.status, verdicts(ended)), (130, {"a": "cancelled", "b": "cancelled"}), "end")
    (record, _) = ended.records()
    equal((record["fault"], record["retryable"], record["error"]["stage"]), ("cancelled", True, "exec"), "record")


@test("batch: many signals do no more than two")
def many(t):
    live = running(t, [shell("sleep 600", id="a"), shell("sleep 600", id="b")], "--keep-order")
    for _ in range(20):
        live.signal(signal.SIGINT)
        live.signal(signal.SIGTERM)
    ended = live.wait()
    equal(verdicts(ended), {"a": "cancelled", "b": "cancelled"}, "verdicts")


@test("batch: SIGTERM drains, and is 143")
def term(t):
    live = running(t, [shell("sleep 5", id="a"), shell("sleep 5", id="b"), QUEUED])
    live.signal(signal.SIGTERM)
    ended = live.wait()
    equal((ended.status, verdicts(ended)), (143, {"a": "ok", "b": "ok"}), "end")


@test("batch: a signal while it waits for input ends it at once")
def idle(t):
    for number, status in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        live = t.start_batch()
        live.stdin.write(b"{\n")
        live.wait_out("spec_error")
        live.signal(number)
        equal(live.wait().status, status, f"status after {number}")


@test("batch: SIGINT twice while machines boot")
def booting(t):
    live = t.start_batch("-j", "2")
    live.stdin.write(t.tasks([shell("sleep 600", id="a"), shell("sleep 600", id="b")]).read_bytes())
    live.wait_moved("launching", "negotiating")
    live.wait_moved("launching", "negotiating")
    live.signal(signal.SIGINT)
    live.wait_log("interrupted: waiting")
    live.signal(signal.SIGINT)
    ended = live.wait()
    equal((ended.status, verdicts(ended)), (130, {"a": "cancelled", "b": "cancelled"}), "end")


@test("batch: no task is tried again after SIGINT")
def no_retry(t):
    live = running(t, [shell("sleep 600", id="a"), shell("sleep 600", id="b")], "--retries", "5")
    live.signal(signal.SIGINT)
    live.wait_log("interrupted: waiting")
    for match in re.finditer(rb"\(pid (\d+)\): ready -> running", live.err.content):
        os.kill(int(match[1]), signal.SIGKILL)
    ended = live.wait()
    equal((ended.status, verdicts(ended)), (130, {"a": "infra_error", "b": "infra_error"}), "end")


@test("run: SIGINT ends the program and is 130; SIGTERM is 143; what was printed is kept")
def run(t):
    for number, status in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        live = t.start("run", "--", "sh", "-c", "trap '' INT TERM; echo begun; sleep 600")
        live.wait_out("begun\n")
        live.signal(number)
        ended = live.wait()
        equal((ended.status, ended.out), (status, b"begun\n"), f"end after {number}")


@test("run: SIGINT while the machine boots")
def run_booting(t):
    live = t.start("--log-level", "debug", "run", "--", "sleep", "600")
    live.wait_moved("loading", "booting")
    live.signal(signal.SIGINT)
    equal(live.wait().status, 130, "status")


@test("SIGHUP, SIGQUIT and the like leave nothing")
def deadly(t):
    for number in (signal.SIGHUP, signal.SIGQUIT, signal.SIGABRT):
        live = t.start("--log-level", "debug", "run", "--", "sleep", "600", preexec=no_core)
        qemu = live.wait_moved("ready", "running")
        live.signal(number)
        equal(live.wait().status, 128 + number, "status")
        t.check_orphans([qemu])
    t.sweep()


def no_core():
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
