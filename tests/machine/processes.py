# SPDX-License-Identifier: Apache-2.0
"""Processes that a test starts and talks to, and the traces of those that should be gone."""

import contextlib
import ctypes
import json
import os
import re
import signal
import subprocess
import threading
from pathlib import Path
from typing import NamedTuple

from checks import check, short

MOST_OUTPUT = 256 << 20  # bytes that a test keeps; one that writes more runs wild
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
LIBC = ctypes.CDLL(None, use_errno=True)


def die_with_parent():
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def reset_inherited_state():
    """What tests rely on, whoever started them: nohup(1), say, ignores a signal that a test sends."""
    os.umask(0o022)
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP, signal.SIGINT, signal.SIGPIPE, signal.SIGXFSZ}:
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])


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


def machines_of(log):
    moves = re.findall(rb"machine (\S+) \(pid (-?\d+)\): \w+ -> (\w+)\n", log)
    return {name.decode(): (int(pid), state.decode()) for name, pid, state in moves}


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

    def machines(self):
        """What the debug log says of each machine by now: {name: (pid, state)}."""
        return machines_of(self.err.content)

    def wait_pool(self, count):
        """Waits until `count` machines wait for a task and none does anything else; returns the pids of their QEMUs."""
        def waiting(log):
            self.seen = len(log)
            living = [machine for machine in machines_of(log).values() if machine[1] != "released"]
            return len(living) == count and all(state == "ready" for _, state in living) and [pid for pid, _ in living]

        return self.err.wait_for(waiting, f"a pool of {count}")

    def ask(self, task):
        """A task for a running batch, and the next result."""
        seen = self.out.content.count(b"\n")
        self.stdin.write(task if isinstance(task, bytes) else json.dumps(task).encode() + b"\n")
        self.out.wait_for(lambda content: content.count(b"\n") > seen, "a result")
        return json.loads(self.out.content.split(b"\n")[seen])

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
