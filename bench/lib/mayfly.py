# SPDX-License-Identifier: Apache-2.0
"""mayfly as the benches use it: one-shot, or a batch that is fed while it runs."""

import json
import os
import subprocess
import tempfile
import time
from typing import NamedTuple

import paths  # noqa: F401, I001  the next one is found through it
from processes import die_with_parent


class BenchError(Exception):
    """Something did not work, so there is no figure."""


class GivenUp(Exception):
    """The time limit is over, or the user has had enough: nothing more is to be tried."""


class Mayfly(NamedTuple):
    path: str
    qemu: str
    accel: str
    home: str

    def command(self, verb, *options):
        return [self.path, "--home", self.home, "--qemu", self.qemu, "--accel", self.accel, verb, *map(str, options)]

    def facts(self):
        version = subprocess.run([self.path, "version"], capture_output=True, text=True, check=True).stdout.split()
        qemu = subprocess.run([self.qemu, "--version"], capture_output=True, text=True, check=True).stdout
        return {"mayfly": " ".join(version[:2]), "QEMU": f"{qemu.splitlines()[0]} ({self.qemu})"}


def environment():
    """Ours without what would change mayfly's settings behind our back."""
    return {name: value for name, value in os.environ.items() if not name.startswith("MAYFLY_")}


def expect_ok(record):
    if record.get("verdict") != "ok":
        raise BenchError(f"a task was not ok: {json.dumps(record)[:2000]}")
    return record


class Batch:
    """A `mayfly batch` that reads tasks from a pipe. Records come in any order and carry `arrived`, the time that
    the bench had them (time.monotonic)."""

    def __init__(self, mayfly, *options, log_level="warning", wrapper=(), env=None):
        self.log = tempfile.TemporaryFile()
        self.log_seen = 0
        argv = [*wrapper, *mayfly.command("--log-level", log_level, "batch", *options, "-")]
        self.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log,
                                        env=environment() | (env or {}), preexec_fn=die_with_parent)
        self.pid = self.process.pid
        self.fed = 0

    def feed(self, *tasks):
        lines = []
        for task in tasks:
            self.fed += 1
            lines.append(json.dumps({"id": f"b{self.fed}", **task}))
        self.process.stdin.write(("\n".join(lines) + "\n").encode())
        self.process.stdin.flush()

    def next(self, check=expect_ok):
        line = self.process.stdout.readline()
        arrived = time.monotonic()
        if not line:
            self.process.wait()
            raise BenchError(f"mayfly ended with {self.process.returncode}: {self.log_text()[-2000:]}")
        return check(json.loads(line)) | {"arrived": arrived}

    def one(self, task):
        """Runs one task; its record has `wall_ms`, from the line written to the result read."""
        start = time.monotonic()
        self.feed(task)
        record = self.next()
        return record | {"wall_ms": (record["arrived"] - start) * 1e3}

    def log_text(self):
        return os.pread(self.log.fileno(), 64 << 20, 0).decode(errors="replace")

    def close(self):
        """No more tasks: waits for mayfly's end. Returns its rusage, QEMUs included."""
        self.process.stdin.close()
        _, status, usage = os.wait4(self.pid, 0)
        self.process.returncode = os.waitstatus_to_exitcode(status)
        self.process.stdout.close()
        log = self.log_text()
        self.log.close()
        if self.process.returncode != 0:
            raise BenchError(f"mayfly ended with {self.process.returncode}: {log[-2000:]}")
        return usage


def run_once(mayfly, argv, *options):
    """`mayfly run`: (seconds, stdout)."""
    start = time.monotonic()
    ended = subprocess.run(mayfly.command("run", *options, "--", *argv), stdin=subprocess.DEVNULL, capture_output=True,
                           env=environment(), preexec_fn=die_with_parent)
    seconds = time.monotonic() - start
    if ended.returncode != 0:
        raise BenchError(f"mayfly run ended with {ended.returncode}: {ended.stderr.decode(errors='replace')[-2000:]}")
    return seconds, ended.stdout.decode(errors="replace")
