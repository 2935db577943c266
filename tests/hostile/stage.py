# SPDX-License-Identifier: Apache-2.0
"""What many attacks share. The runner opens it before the first test that names it, and closes it behind the last of
all; tests, which are processes of their own, use it at the same time."""

import fcntl
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from captive import Captive
from checks import check
from harness import Bench
from host_files import CONTENT
from processes import die_with_parent


class Prison:
    """A captive for attackers, or for QEMUs."""

    def __init__(self, *options, uid=0):
        self.options = options
        self.uid = uid
        self.captive = None

    def open(self, setting):
        if self.captive:
            return
        self.folder = Path(tempfile.mkdtemp(prefix="mayfly-prison-"))
        self.folder.chmod(0o711)
        self.attacker = Path(shutil.copy(setting.mayfly.parent / "tests/hostile/attacker", self.folder))
        self.kernel = self.folder / "kernel"
        self.kernel.write_bytes(CONTENT)
        os.chown(self.kernel, self.uid, self.uid)
        program, options = self.attacker, ["--readable", self.kernel]
        if "--qemu" in self.options:
            program, options = os.path.realpath(setting.qemu), []
        self.captive = Captive(setting, program, *options, *self.options, uid=self.uid)

    def close(self):
        if self.captive:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.captive.close()


class Neighbour:
    """A task in a machine of a real mayfly. It answers whoever talks to it."""

    def __init__(self):
        self.task = None

    def open(self, setting):
        if self.task:
            return
        self.bench = Bench(setting)
        self.log = self.bench.write("log", "")
        self.lock = self.bench.write("lock", "")
        with open(self.log, "wb") as log:
            self.task = subprocess.Popen([setting.mayfly, "run", "-i", "--timeout", "1h", "--", "cat"],
                                         env=self.bench.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
                                         bufsize=0, preexec_fn=die_with_parent)

    def check_unharmed(self):
        """The guest echoes what it is told: machine, mayfly and the channels between them are as they were."""
        word = os.urandom(8).hex().encode() + b"\n"
        with open(self.lock, "rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.task.stdin.write(word)
            answer = self.read(len(word))
        check(answer == word, f"the neighbour answers {answer}; {self.log_tail()}")

    def read(self, size):
        answer = b""
        while len(answer) < size and (more := os.read(self.task.stdout.fileno(), size - len(answer))):
            answer += more
        return answer

    def log_tail(self):
        return self.log.read_text(errors="replace")[-500:]

    def close(self):
        if not self.task:
            return
        self.task.stdin.close()
        rest = self.read(1)
        status = self.task.wait()
        log = self.log_tail()
        shutil.rmtree(self.bench.folder, ignore_errors=True)
        check(status == 0 and not rest, f"the neighbour's task ends with {status} and {rest}; {log}")


class HugePages:
    """Some that the host keeps for whoever asks for them, if it has room."""

    COUNT = 2
    pool = Path("/proc/sys/vm/nr_hugepages")

    def __init__(self):
        self.before = None

    def open(self, _setting):
        if self.before is None and os.geteuid() == 0 and self.pool.exists():
            self.before = int(self.pool.read_text())
            self.pool.write_text(str(self.before + self.COUNT))

    def close(self):
        if self.before is not None:
            self.pool.write_text(str(self.before))


neighbour = Neighbour()
huge_pages = HugePages()
