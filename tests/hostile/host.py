# SPDX-License-Identifier: Apache-2.0
"""What there is to attack on a host, and whether it was harmed."""

import contextlib
import functools
import os
import select
import shlex
import string
import tempfile
from pathlib import Path

from harness import Skip
from host_files import HostFiles
from host_sockets import HostSockets
from victim import MIB, SECRET, Victim

DRIVES_THAT_MAY_BE_EMPTY = ("sr", "fd")


def cgroup2_root():
    """Where the one hierarchy of cgroup v2 is mounted."""
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        words = line.split()
        if words[words.index("-") + 1] == "cgroup2":
            return Path(words[4])
    return None


class Host(HostFiles, HostSockets):
    """The facts that the table of attacks names, each made when it is asked for and taken away by close().

    Everything belongs to user `uid`, and nothing protects it: this is the host of an unjailed attack.
    """

    cap = MIB  # bytes that the disk may grow to
    past_cap = 2 * MIB
    much_memory = 64 * MIB
    many_threads = 300
    many_processes = 64
    many_descriptors = 900
    flood = 32 * MIB
    huge_page = 2 * MIB
    patience = 10  # seconds for a victim to die

    secret = SECRET

    def __init__(self, bench, uid):
        self.bench = bench
        self.uid = uid
        self.passed = []  # descriptors that the attacker inherits
        self.on_close = contextlib.ExitStack()
        self.folder = Path(tempfile.mkdtemp(prefix=f"of-{uid}-", dir=bench.folder))
        self.folder.chmod(0o755)
        os.chown(self.folder, uid, uid)
        bench.folder.chmod(0o711)

    def filled_text(self, template):
        """Facts put in."""
        facts = {name: getattr(self, name) for _, name, _, _ in string.Formatter().parse(template) if name}
        return template.format(**facts)

    def words(self, attack):
        """The arguments of an attack."""
        return shlex.split(self.filled_text(attack.words))

    def close(self):
        self.on_close.close()

    # Processes

    def victim(self):
        victim = Victim(self.bench, self.uid, self.patience)
        self.on_close.callback(victim.close)
        return victim

    @functools.cached_property
    def mayfly_process(self):
        return self.victim()

    @functools.cached_property
    def neighbour_process(self):
        return self.victim()

    @property
    def mayfly(self):
        return self.mayfly_process.pid

    @property
    def neighbour(self):
        return self.neighbour_process.pid

    @property
    def mayfly_address(self):
        return self.mayfly_process.address

    @property
    def neighbour_address(self):
        return self.neighbour_process.address

    @property
    def tester(self):
        return os.getpid()

    # Devices and cgroups

    host_name = os.uname().nodename

    @functools.cached_property
    def disk(self):
        return next(disk for disk in map(Path("/dev").joinpath, os.listdir("/sys/block"))
                    if disk.exists() and not disk.name.startswith(DRIVES_THAT_MAY_BE_EMPTY))

    @functools.cached_property
    def cgroup(self):
        if not cgroup2_root():
            raise Skip("cgroup v2 is not mounted")
        folder = cgroup2_root() / f"mayfly-test-{os.getpid()}"
        folder.mkdir()
        self.on_close.callback(self.remove_cgroup, folder)
        return folder / "cgroup.procs"

    @staticmethod
    def remove_cgroup(folder):
        """The attacker has ended in it; what remains of it leaves a moment after its parent has seen that."""
        with open(folder / "cgroup.events", encoding="ascii") as events:
            poll = select.poll()
            poll.register(events, select.POLLPRI)
            while "populated 1" in events.read():
                poll.poll()
                events.seek(0)
        folder.rmdir()

    @functools.cached_property
    def mount_point(self):
        """A part of the host that no jail needs."""
        return cgroup2_root() or "/sys"

    # What became of it

    def is_harmed(self, how):
        who, _, what = how.partition("_")
        if who in ("mayfly", "neighbour"):
            return getattr(getattr(self, f"{who}_process"), f"was_{what}")()
        return getattr(self, f"harmed_{how}")()


class QemuHost(Host):
    """The same, attacked by a QEMU whose pid is `qemu`."""

    qemu = 0

    def filled(self, value):
        """A command's arguments, facts put in."""
        if isinstance(value, str):
            return self.filled_text(value)
        if isinstance(value, dict):
            return {name: self.filled(item) for name, item in value.items()}
        return [self.filled(item) for item in value] if isinstance(value, list) else value

    @functools.cached_property
    def helper(self):
        """A program that leaves a trace."""
        return self.bench.program("helper", f"echo ran >{self.new_path}")

    def harmed_gold_opened(self):
        return str(self.gold) in map(os.readlink, Path(f"/proc/{self.qemu}/fd").iterdir())
