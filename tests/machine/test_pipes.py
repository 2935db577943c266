# SPDX-License-Identifier: Apache-2.0
"""Readers that are slow, go away, or were never there."""

import os
import resource
import select
import subprocess
import threading
from pathlib import Path

from harness import Live, check, contains, equal, records_of, shell, test

MIB = 1 << 20


def peak_memory(pid):
    """Most resident bytes so far."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) << 10
    return 0


def pipe_to(t, *arguments, **options):
    """mayfly, and the end of a pipe at which its stdout can be read."""
    reader, writer = os.pipe()
    live = t.start(*arguments, stdout=writer, **options)
    os.close(writer)
    return live, reader


def read_all(fd):
    with os.fdopen(fd, "rb") as file:
        return file.read()


def write_until_stuck(fd, data, patience_ms):
    """Writes until nothing more is taken; returns how much was."""
    os.set_blocking(fd, False)
    poll = select.poll()
    poll.register(fd, select.POLLOUT)
    written = 0
    while written < len(data) and poll.poll(patience_ms):
        written += os.write(fd, data[written:written + 65536])
    os.set_blocking(fd, True)
    return written


@test("batch: a reader that takes nothing stops admission; memory stays bounded; nothing is lost")
def slow_results(t):
    count, real = 3000, 4
    denied = {"argv": ["true"], "permissions": [], "labels": {"x": "x" * 20_000}}
    tasks = [shell("head -c 20000 /dev/zero | tr '\\0' x", id=f"real{n}") for n in range(real)]
    lines = t.tasks(tasks + [denied | {"id": f"d{n}"} for n in range(count)]).read_bytes()
    # Without templates, which are memory of mayfly's, too.
    live, reader = pipe_to(t, "batch", "-j", "2", "--no-snapshot", "-", stdin=subprocess.PIPE)
    # The patience is generous, and only makes the test stricter: what counts is how little was taken.
    taken = write_until_stuck(live.stdin.fileno(), lines, 3000)
    check(taken < 8 * MIB, f"{taken} of {len(lines)} bytes of tasks were taken, though no result was")
    check(0 < peak_memory(live.pid) < 60 * MIB, f"mayfly used {peak_memory(live.pid)} bytes of memory")
    live.say(lines[taken:])
    records = records_of(read_all(reader))
    equal(live.wait().status, 0, "status")
    equal(len({r["id"] for r in records}), count + real, "results")


@test("batch: memory stays bounded while 60 MB of tasks and results go through")
def large_batch(t):
    denied = {"argv": ["true"], "permissions": [], "labels": {"x": "x" * 20_000}}
    lines = t.tasks([denied] * 3000).read_bytes()
    live = t.start("batch", "-", stdin=subprocess.PIPE)
    live.stdin.write(lines)  # all but what a pipe holds has been taken when this returns
    peak = peak_memory(live.pid)
    live.stdin.close()
    equal(len(live.wait().records()), 3000, "results")
    check(0 < peak < 60 * MIB, f"mayfly used {peak} bytes of memory")


@test("batch: a reader that goes away ends the batch")
def head(t):
    live, reader = pipe_to(t, "--log-level", "debug", "batch", "-j", "2", "-", stdin=subprocess.PIPE)
    live.say(t.tasks([{"argv": ["true"], "permissions": []}] + [shell("sleep 600")] * 5).read_bytes())
    contains(os.read(reader, 65536).decode(), "policy_rejected", "first result")
    live.wait_moved("ready", "running")
    os.close(reader)
    equal(live.wait().status, 141, "status")


@test("batch: a reader that goes away while nothing happens ends the batch, too")
def reader_gone_idle(t):
    live, reader = pipe_to(t, "batch", "-", stdin=subprocess.PIPE)
    live.stdin.write(b"{\n")
    contains(os.read(reader, 65536).decode(), "spec_error", "first result")
    os.close(reader)
    equal(live.wait().status, 141, "status")


@test("batch: a reader that goes away before the last results are taken does not hang it")
def reader_gone_late(t):
    live, reader = pipe_to(t, "batch", "-", stdin=subprocess.PIPE)
    denied = {"argv": ["true"], "permissions": [], "labels": {"x": "x" * 20_000}}
    live.stdin.write(t.tasks([denied] * 20).read_bytes())
    live.stdin.close()
    contains(os.read(reader, 100).decode(), "schema", "begin of the first result")
    os.close(reader)
    equal(live.wait().status, 141, "status")


@test("batch and run: a full device for results is an error that is named, not a hang")
def full(t):
    with open("/dev/full", "wb") as device:
        live = t.start("batch", "-", stdin=subprocess.PIPE, stdout=device)
        live.say(b"{\n")
        ended = live.wait()
        check(ended.status not in (0, 3), f"status {ended.status}")
        contains(ended.err, "No space left", "stderr of batch")
        ended = t.run("echo", "hi", stdout=device)
        check(ended.status != 0, f"status {ended.status}")
        contains(ended.err, "No space left", "stderr of run")


@test("run: a reader that goes away ends the program, without noise")
def run_head(t):
    live, reader = pipe_to(t, "run", "--", "yes")
    equal(os.read(reader, 10), b"y\ny\ny\ny\ny\n", "output")
    os.close(reader)
    ended = live.wait()
    equal((ended.status, ended.err), (141, ""), "end")


@test("run: a slow reader gets every byte, and makes the program wait, not mayfly grow")
def slow_output(t):
    size = t.often(24) * MIB
    live, reader = pipe_to(t, "run", "--output-limit", "1G", "--", "sh", "-c",
                           f"echo begun >&2; head -c {size} /dev/zero")
    live.err.wait_for(lambda content: b"begun" in content, "the program's begin")
    got = sum(len(os.read(reader, 512)) for _ in range(2000))
    got += len(read_all(reader))
    equal((live.wait().status, got), (0, size), "end")


@test("run: a program that ended in time is no time-out, however late its output is read")
def late_reader(t):
    # More than mayfly holds for a reader, less than would keep the program itself waiting.
    seconds = t.setting.slow(5)
    live, reader = pipe_to(t, "--log-level", "debug", "run", "--timeout", f"{seconds}s", "--", "sh", "-c",
                           "head -c 1400000 /dev/zero; echo over >&2")
    stuck = threading.Event()
    stuck.wait(seconds + 4)  # past the time-out and the host's grace: this test is about time
    got = len(read_all(reader))
    ended = live.wait()
    equal((ended.status, got), (0, 1_400_000), "end")


@test("descriptors 0, 1 and 2 that are closed are nobody else's")
def closed_descriptors(t):
    tasks = t.tasks([{"id": "a", "argv": ["true"], "permissions": []}] * 2)
    for n, closed in enumerate(((1,), (2,), (0, 1, 2))):
        journal = t.folder / f"journal{n}"

        def close(closed=closed):
            for fd in closed:
                os.close(fd)

        t.start("--log-level", "debug", "batch", "--journal", journal, tasks, preexec=close).wait()
        for line in journal.read_bytes().splitlines():
            check(line.startswith(b'{"mayfly_journal":'), f"with {closed} closed the journal holds {line[:80]}")


@test("a standard output that is closed or full is an error of every command, and nothing is lost without a word")
def no_output(t):
    tasks = t.tasks([{"argv": ["true"], "permissions": []}])
    full = os.open("/dev/full", os.O_WRONLY)
    for command in (("batch", tasks), ("version",), ("languages", "--json")):
        for spoil in (lambda: os.close(1), lambda: os.dup2(full, 1)):
            ended = t.start(*command, preexec=spoil).wait()
            equal(ended.status, 69, f"status of {command[0]}: {ended.err}")
            check(ended.err, "nothing is said")
    os.close(full)


@test("stdin that is a non-blocking pipe, shared with the one who writes, works as any other")
def non_blocking(t):
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    live = t.start("run", "-i", "--", "cat", stdin=reader)
    os.close(reader)
    for word in (b"one\n", b"two\n"):
        os.write(writer, word)
        live.wait_out(word.decode())
    os.close(writer)
    ended = live.wait()
    equal((ended.status, ended.out), (0, b"one\ntwo\n"), "end")


@test("few descriptors: tasks that cannot have theirs fail as infrastructure, the others run")
def few_descriptors(t):
    def limit():
        resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))

    tasks = [{"id": f"t{n}", "argv": ["true"]} for n in range(8)]
    ended = t.batch(tasks, "-j", "8", preexec=limit)
    found = {r["id"]: r for r in ended.records()}
    equal(len(found), 8, "results")
    failed = [r for r in found.values() if r["verdict"] != "ok"]
    check(failed, "40 descriptors were enough: the test shows nothing")
    equal({(r["verdict"], r["fault"], r["retryable"], r["attempts"]) for r in failed}, {("infra_error", "infra", True, 2)})
    equal(ended.status, 3, "status")


@test("hardly any descriptors: a clear error and no crash")
def no_descriptors(t):
    for count in range(4, 24, 2):
        def limit(count=count):
            resource.setrlimit(resource.RLIMIT_NOFILE, (count, count))

        live = Live([t.setting.mayfly, "batch", "-"], stdin=subprocess.PIPE, env=t.env, preexec=limit)
        live.say(b'{"argv":["true"]}\n')
        ended = live.wait()
        what = f"status {ended.status} with {count} descriptors: {ended}"
        check(ended.status in (0, 2, 3, 69), what)
        check(ended.out if ended.status in (0, 3) else ended.err, what)
