# SPDX-License-Identifier: Apache-2.0
"""What a machine test works with: a state directory of its own, mayfly in it, and the proof that nothing is left.

A test is a function of one argument, a Bench, marked with @test("what it shows"). It runs in a process of its
own (see run), which adopts every orphan of the processes that it starts. So whatever outlives mayfly becomes a
child of the test, and is found. Nothing here sleeps or polls: tests wait for a line, an end of file or a process.
"""

import contextlib
import ctypes
import fnmatch
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import NamedTuple

DEFAULT_LIMIT = 180  # seconds: a guard against hanging, not a promise
MOST_OUTPUT = 256 << 20  # bytes that a test keeps; one that writes more runs wild
# How a process may end whose parent was killed: by the signal that is sent for it; before it became QEMU, as it finds
# its parent gone; or by itself, as its guest's agent finds the host gone.
ORPHAN_ENDS = {128 + signal.SIGKILL, 127, 0}
LOG_TAIL = 25  # lines of mayfly's stderr that are shown with a failure
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
LIBC = ctypes.CDLL(None, use_errno=True)

tests = []  # every Test, in order of definition


class Failure(AssertionError):
    """What was shown to be wrong."""


class Skip(Exception):
    """Why this test cannot be run on this host."""


class TimeLimit(Exception):
    """The test hung."""


class Test(NamedTuple):
    name: str  # "theme: what it shows"
    function: object
    limit: int


class Setting(NamedTuple):
    """What all tests share."""

    mayfly: Path
    die_at: Path
    qemu: str
    home: Path  # a real state directory: kernel, images, digests


def test(what, limit=DEFAULT_LIMIT):
    def register(function):
        theme = function.__module__.removeprefix("test_")
        tests.append(Test(f"{theme}: {what}", function, limit))
        return function

    return register


# --- Saying what is wrong ---------------------------------------------------------------------------


def short(value):
    text = repr(value)
    return text if len(text) <= 600 else f"{text[:300]} … {text[-200:]} ({len(text)} characters)"


def check(condition, what):
    if not condition:
        raise Failure(what)


def equal(got, want, what="value"):
    check(got == want, f"{what}: got {short(got)}, want {short(want)}")


def contains(text, part, what="text"):
    check(part in text, f"{what}: {short(part)} is not in {short(text)}")


# --- Processes ----------------------------------------------------------------------------------------


def die_with_parent():
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def adopt_orphans():
    LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1)


def has_children():
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def children_of(pid="self"):
    """Direct children of a process, zombies too."""
    found = []
    for thread in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):
            found += map(int, (thread / "children").read_text().split())
    return found


def describe_process(pid):
    with contextlib.suppress(OSError):
        words = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        return f"{pid}: {words[:120] or 'a zombie'}"
    return str(pid)


def end_children():
    """Kills and collects what a failed test left behind."""
    while pids := children_of():
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for pid in pids:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)


def holders_of(folder):
    """Open files below `folder`, deleted ones too, of any process: ["pid -> file"]."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            for fd in (entry / "fd").iterdir():
                with contextlib.suppress(OSError):
                    target = os.readlink(fd)
                    if target.startswith(f"{folder}/"):
                        found.append(f"{entry.name} -> {target}")
    return found


class Ended(NamedTuple):
    status: int  # as a shell would say it: 128 + N for a signal
    out: bytes
    err: str

    def records(self):
        return records_of(self.out)


def records_of(out):
    return [json.loads(line) for line in out.decode().splitlines()]


class Pump(threading.Thread):
    """Takes all that comes from a pipe, and lets others wait for it."""

    def __init__(self, pipe):
        super().__init__(daemon=True)
        self.pipe = pipe
        self.content = bytearray()
        self.ended = False
        self.changed = threading.Condition()
        self.start()

    def run(self):
        while len(self.content) < MOST_OUTPUT and (chunk := os.read(self.pipe.fileno(), 65536)):
            with self.changed:
                self.content += chunk
                self.changed.notify_all()
        with self.changed:
            self.ended = True
            self.changed.notify_all()

    def wait_for(self, find, what):
        """What `find(bytes so far)` returns once it is true; fails at the end of the file."""
        with self.changed:
            while not (found := find(self.content)):
                check(not self.ended, f"{what} never came; the end was {short(bytes(self.content[-500:]))}")
                self.changed.wait()
            return found

    def wait_end(self):
        self.join()
        check(len(self.content) < MOST_OUTPUT, f"more than {MOST_OUTPUT} bytes of output")
        return bytes(self.content)


class Live:
    """A process that a test started and talks to. stdout and stderr are taken as they come, unless given."""

    def __init__(self, argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options):
        preexec = options.pop("preexec", None)

        def prepare():
            die_with_parent()
            if preexec:
                preexec()

        self.process = subprocess.Popen(list(map(str, argv)), stdin=stdin, stdout=stdout, stderr=stderr,
                                        preexec_fn=prepare, bufsize=0, **options)
        self.pid = self.process.pid
        self.stdin = self.process.stdin
        self.err = Pump(self.process.stderr) if stderr == subprocess.PIPE else None
        self.out = Pump(self.process.stdout) if stdout == subprocess.PIPE else None
        self.seen = 0  # how much of stderr wait_log() has passed

    def say(self, data):
        """Writes to stdin, from a thread: the other side may take its time. A closed pipe is no error."""

        def write():
            with contextlib.suppress(OSError):
                self.stdin.write(data)
            with contextlib.suppress(OSError):
                self.stdin.close()

        threading.Thread(target=write, daemon=True).start()

    def wait_log(self, pattern):
        """The match of `pattern` in stderr, searched behind the match of the call before."""
        found = self.err.wait_for(lambda c: re.compile(pattern.encode()).search(c, self.seen), f"log line {pattern}")
        self.seen = found.end()
        return {name: value.decode() for name, value in found.groupdict().items()}

    def wait_moved(self, before, after, name=r"\S+"):
        """Waits for a machine's change of state; returns the pid of its QEMU."""
        pattern = rf"machine {name} \(pid (?P<pid>-?\d+)\): {before} -> {after}\n"
        return int(self.wait_log(pattern)["pid"])

    def wait_out(self, pattern):
        return self.out.wait_for(re.compile(pattern.encode()).search, f"output {pattern}")

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        self.process.kill()
        return self.wait()

    def wait(self):
        out = self.out.wait_end() if self.out else b""
        err = self.err.wait_end().decode(errors="replace") if self.err else ""
        status = self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            with contextlib.suppress(OSError):
                pipe and pipe.close()
        return Ended(status if status >= 0 else 128 - status, out, err)


# --- The bench ----------------------------------------------------------------------------------------


class Bench:
    """One test's state directory, and mayfly in it."""

    def __init__(self, setting):
        self.setting = setting
        self.qemu = setting.qemu
        self.folder = Path(tempfile.mkdtemp(prefix="mayfly-test-"))
        self.home = self.folder / "home"
        self.run_folder = self.home / "run"
        self.started = []
        (self.home / "images").mkdir(parents=True)
        (self.home / "kernel").symlink_to((setting.home / "kernel").resolve())
        (self.home / "images/base").symlink_to((setting.home / "images/base").resolve())
        digests = setting.home / "cache/digests"
        if digests.is_dir():  # else mayfly makes its own
            shutil.copytree(digests, self.home / "cache/digests")
        self.env = {name: value for name, value in os.environ.items() if not name.startswith("MAYFLY_")}
        self.env |= {"MAYFLY_HOME": str(self.home), "MAYFLY_ACCEL": "tcg"}

    # Files

    def write(self, name, content, mode=0o644):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        path.chmod(mode)
        return path

    def program(self, name, body):
        """An executable script."""
        return self.write(name, f"#!/bin/bash\n{body}\n", 0o755)

    def tasks(self, tasks, name="tasks.ndjson"):
        return self.write(name, to_lines(tasks))

    def private_kernel(self):
        """A copy of the kernel that the test may spoil; returns its folder."""
        return self.private("kernel")

    def private_image(self, with_disk=True):
        """The image's folder with a copy of all but the disk, which is linked."""
        return self.private("images/base", linked=("rootfs.ext4",) if with_disk else ())

    def private(self, name, linked=()):
        link = self.home / name
        source = link.resolve()
        link.unlink()
        link.mkdir()
        for file in source.iterdir():
            if fnmatch.filter(linked, file.name):
                (link / file.name).symlink_to(file)
            elif file.name != "rootfs.ext4":
                shutil.copyfile(file, link / file.name)
        return link

    # Mayfly

    def start(self, *arguments, env=None, wrapper=(), **options):
        """mayfly, running. `wrapper` is a command that executes it."""
        return self.start_program([*wrapper, self.setting.mayfly, *arguments], env=self.env | (env or {}), **options)

    def start_program(self, argv, env=None, **options):
        live = Live(argv, env=env or self.env, cwd=self.folder, **options)
        self.started.append(live)
        return live

    def mayfly(self, *arguments, stdin=None, **options):
        """mayfly, run to its end; `stdin` are bytes."""
        if stdin is not None:
            options["stdin"] = subprocess.PIPE
        live = self.start(*arguments, **options)
        if stdin is not None:
            live.say(stdin)
        return live.wait()

    def run(self, *command, options=(), **more):
        return self.mayfly("run", *options, "--", *command, **more)

    def batch(self, tasks, *options, **more):
        """The end of a batch over `tasks`, which come through a pipe."""
        return self.mayfly("batch", *options, "-", stdin=to_lines(tasks), **more)

    def start_batch(self, *options, **more):
        return self.start("--log-level", "debug", "batch", *options, "-", stdin=subprocess.PIPE, **more)

    def sweep(self):
        """Another mayfly starts, which removes what dead ones left, and finds nothing to do."""
        equal(self.mayfly("batch", "/dev/null").status, 0, "status of an empty batch")

    # What is left

    def collect_orphans(self):
        """Waits until whatever outlived its parent has ended too: {pid: status}."""
        self.assert_waited()
        ended = {}
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, 0)
                code = os.waitstatus_to_exitcode(status)
                ended[pid] = code if code >= 0 else 128 - code
        return ended

    def check_orphans(self, expected):
        """Waits for the QEMUs of a mayfly that was killed: there are no others, and they died with it."""
        ended = self.collect_orphans()
        check(set(ended) <= set(expected), f"other processes were left than {expected}: {ended}")
        check(set(ended.values()) <= ORPHAN_ENDS, f"QEMU ended otherwise: {ended}")

    def assert_waited(self):
        still = [live.pid for live in self.started if live.process.returncode is None]
        check(not still, f"the test did not wait for {still}")

    def assert_nothing_left(self):
        self.assert_waited()
        check(not has_children(), f"processes are left: {[describe_process(pid) for pid in children_of()]}")
        files = sorted(self.run_folder.glob("*")) if self.run_folder.exists() else []
        check(not files, f"the run directory holds {list(map(str, files))}")
        held = holders_of(self.run_folder)
        check(not held, f"files of the run directory are open: {held}")

    def close(self):
        end_children()
        shutil.rmtree(self.folder, ignore_errors=True)

    def log_tails(self):
        for live in self.started:
            lines = bytes(live.err.content if live.err else b"").decode(errors="replace").splitlines()[-LOG_TAIL:]
            if lines:
                yield f"stderr of process {live.pid}:"
                yield from (f"  {line[:400]}" for line in lines)


def to_lines(tasks):
    """NDJSON; bytes and text go in as they are."""
    def line(task):
        if isinstance(task, bytes):
            return task
        return (task if isinstance(task, str) else json.dumps(task)).encode()

    return b"".join(line(task) + b"\n" for task in tasks)


def shell(script, **fields):
    return {"argv": ["sh", "-c", script], **fields}


def by_id(records):
    found = {record.get("id"): record for record in records}
    equal(len(found), len(records), "number of different ids")
    return found
