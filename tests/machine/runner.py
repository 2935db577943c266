# SPDX-License-Identifier: Apache-2.0
"""Runs tests: each in a process of its own, with a state directory of its own and a time limit, some at a time."""

import collections
import functools
import json
import os
import selectors
import signal
import time
import traceback
from pathlib import Path

import harness
from processes import adopt_orphans, die_with_parent

GRACE = 30  # seconds for a test to end after its own alarm
LONGEST_TEXT = 20_000  # characters about one failure


# --- One test, in its own process -----------------------------------------------------------------------


def on_alarm(*_):
    raise harness.TimeLimit


def judge(test, setting):
    """("ok" | "FAIL" | "SKIP", what is to be said about it)."""
    bench = harness.Bench(setting)
    try:
        test.function(bench)
        bench.assert_nothing_left()
        return "ok", ""
    except harness.Skip as reason:
        return "SKIP", str(reason)
    except harness.Failure as failure:
        return "FAIL", "\n".join([str(failure), *where(failure), *bench.log_tails()])
    except harness.TimeLimit as limit:
        return "FAIL", "\n".join([f"not done after {setting.limit_of(test)} s", *where(limit), *bench.log_tails()])
    except Exception:  # noqa: BLE001  a broken test is a failed test
        return "FAIL", "\n".join([traceback.format_exc(), *bench.log_tails()])
    finally:
        signal.alarm(0)
        bench.close()


def where(error):
    """The lines of the test itself that led there."""
    for frame in traceback.extract_tb(error.__traceback__):
        if Path(frame.filename).name.startswith("test_"):
            yield f"  {Path(frame.filename).name}:{frame.lineno}: {frame.line}"


def run_here(test, setting, pipe):
    os.setpgid(0, 0)
    die_with_parent()
    adopt_orphans()
    signal.signal(signal.SIGALRM, on_alarm)
    signal.alarm(setting.limit_of(test))
    status, text = judge(test, setting)
    with os.fdopen(pipe, "w") as writer:
        json.dump((status, text[:LONGEST_TEXT]), writer)
    os._exit(0)


# --- All of them --------------------------------------------------------------------------------------------


class Queue:
    """Tests that are to be started: those given, or, as they come, those whose names are read from a descriptor."""

    def __init__(self, tests, names=None):
        self.by_name = {test.name: test for test in tests}
        self.waiting = collections.deque(tests if names is None else ())
        self.names = names  # None: there will be no more
        self.rest = b""

    def take_names(self):
        data = os.read(self.names, 65536)
        if not data:
            self.names = None
        *lines, self.rest = (self.rest + data).split(b"\n")
        self.waiting += [self.by_name[line.decode()] for line in lines if line]


class Runner:
    """Starts tests, at most so many at a time, and reports each."""

    def __init__(self, setting, jobs, report):
        self.setting = setting
        self.jobs = jobs
        self.report = report
        self.selector = selectors.DefaultSelector()
        self.running = {}  # pipe: (test, pid, time of its start)

    def run(self, queue):
        if queue.names is not None:
            self.selector.register(queue.names, selectors.EVENT_READ, functools.partial(self.take_names, queue))
        while queue.waiting or self.running or queue.names is not None:
            while queue.waiting and len(self.running) < self.jobs:
                self.start(queue.waiting.popleft())
            self.wait()

    def take_names(self, queue):
        fd = queue.names
        queue.take_names()
        if queue.names is None:
            self.selector.unregister(fd)

    def start(self, test):
        self.report.begins(test.name)
        for shared in test.needs:
            shared.open(self.setting)
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reader)
            run_here(test, self.setting, writer)
        os.close(writer)
        self.running[reader] = (test, pid, time.monotonic())
        self.selector.register(reader, selectors.EVENT_READ, functools.partial(self.finish, reader))

    def wait(self):
        ready = self.selector.select(self.until_deadline())
        for key, _ in ready:
            key.data()
        for test, pid, start in list(self.running.values()):
            if not ready and time.monotonic() > self.deadline(test, start):
                os.kill(pid, signal.SIGKILL)  # its end closes the pipe

    def deadline(self, test, start):
        return start + self.setting.limit_of(test) + GRACE

    def until_deadline(self):
        if not self.running:
            return None
        return max(0, min(self.deadline(test, start) for test, _, start in self.running.values()) - time.monotonic()) + 1

    def finish(self, pipe):
        test, pid, start = self.running.pop(pipe)
        self.selector.unregister(pipe)
        with os.fdopen(pipe, "rb") as reader:
            outcome = reader.read()
        os.waitpid(pid, 0)
        status, text = json.loads(outcome) if outcome else ("FAIL", "the test's process died")
        self.report.ends(test.name, status, time.monotonic() - start, text)
