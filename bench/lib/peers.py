# SPDX-License-Identifier: Apache-2.0
"""What a user could take instead of mayfly, each behind the same few methods.

A peer's `run(argv)` returns what the program printed. It takes as long as a user's loop would: from the decision to
run the task until its output is at hand and the loop may go on. `prepare()` is not timed.
"""

import os
import shlex
import shutil
import subprocess
import time
from pathlib import Path

from libvirt import Libvirt
from mayfly import Batch, BenchError, run_once
from paths import BENCH
from processes import die_with_parent

PATH = "/usr/sbin:/usr/bin:/sbin:/bin"  # the host's Debian programs, such as python3
STEP_LIMIT = 60  # seconds for one task


def run_command(argv, **options):
    """stdout of a command that must succeed."""
    ended = subprocess.run(list(map(str, argv)), stdin=subprocess.DEVNULL, capture_output=True, timeout=STEP_LIMIT,
                           preexec_fn=die_with_parent, env=os.environ | {"PATH": PATH}, **options)
    if ended.returncode != 0:
        raise BenchError(f"{argv[0]} ended with {ended.returncode}: {ended.stderr.decode(errors='replace')[-400:].strip()}")
    return ended.stdout.decode(errors="replace")


def need(program):
    if not shutil.which(program, path=PATH):
        raise BenchError(f"{program} is not installed")


class Peer:
    name = label = boundary = ""

    def __init__(self, bench):
        self.bench = bench

    def prepare(self):
        pass

    def run(self, argv):
        raise NotImplementedError

    def close(self):
        pass


class MayflyPool(Peer):
    name, label, boundary = "mayfly-pool", "mayfly batch, pool hit", "own kernel"

    def __init__(self, bench):
        super().__init__(bench)
        self.batch = Batch(bench.mayfly, "-j", 1, "--pool", bench.options.pool)
        for _ in range(bench.options.pool):  # the pool holds what the last tasks would have wanted
            self.run(["true"])

    def prepare(self):
        time.sleep(self.bench.options.pace)

    def run(self, argv):
        self.record = self.batch.one({"argv": argv})
        return self.record["stdout"]

    def close(self):
        self.batch.close()


class MayflyRun(Peer):
    name, label, boundary = "mayfly-run", "mayfly run, one-shot", "own kernel"

    def run(self, argv):
        return run_once(self.bench.mayfly, argv)[1]


class MayflyBoot(Peer):
    name, label, boundary = "mayfly-boot", "mayfly batch --no-snapshot", "own kernel"

    def __init__(self, bench):
        super().__init__(bench)
        self.batch = Batch(bench.mayfly, "-j", 1, "--no-snapshot", "--pool", 0)

    def run(self, argv):
        return self.batch.one({"argv": argv})["stdout"]

    def close(self):
        self.batch.close()


class PlainQemu(Peer):
    name, label, boundary = "plain-qemu", "plain QEMU from a shell loop", "own kernel"

    def run(self, argv):
        home = Path(self.bench.mayfly.home)
        return run_command([BENCH / "plain-qemu", self.bench.mayfly.qemu, self.bench.accel, home / "kernel/vmlinux",
                            home / "images/base/rootfs.ext4", in_shell(argv)])


class LibvirtDomain(Peer):
    name, label, boundary = "libvirt", "libvirt transient domain (q35 *)", "own kernel"

    def __init__(self, bench):
        super().__init__(bench)
        for program in ("libvirtd", "virsh", "qemu-img"):
            need(program)
        rootfs = (Path(bench.mayfly.home) / "images/base/rootfs.ext4").resolve()
        self.libvirt = Libvirt(bench.folder, rootfs, bench.accel)

    def run(self, argv):
        return self.libvirt.run(in_shell(argv))

    def close(self):
        self.libvirt.close()


class Gvisor(Peer):
    name, label, boundary = "gvisor", "gVisor, runsc do (kernel in user space)", "kernel in user space"

    def __init__(self, bench):
        super().__init__(bench)
        need("runsc")

    def run(self, argv):
        return run_command(["runsc", "--network=none", "--root", self.bench.folder / "runsc", "do", *argv])


class Bubblewrap(Peer):
    name, label, boundary = "bubblewrap", "bubblewrap (floor: no kernel boundary)", "none: shares the host's kernel"

    def __init__(self, bench):
        super().__init__(bench)
        need("bwrap")

    def run(self, argv):
        return run_command(["bwrap", "--ro-bind", "/", "/", "--unshare-all", "--die-with-parent", *argv])


def in_shell(argv):
    """For a kernel's command line, where double quotes mean something else."""
    return shlex.join(argv)


ALL = (MayflyPool, MayflyRun, MayflyBoot, PlainQemu, LibvirtDomain, Gvisor, Bubblewrap)
