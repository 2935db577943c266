# SPDX-License-Identifier: Apache-2.0
"""What holds the processes of the theme `jailed` is what holds a QEMU of mayfly's, and that QEMU has nothing to spare."""

import os
import re
from pathlib import Path

import held
from attacks import ATTACKS
from harness import check, children_of, contains, equal, test
from jailed_host import JailedHost
from stage import Prison, neighbour
from test_unjailed import need_root

PRISON = Prison()
NEEDS = (PRISON, neighbour)
FILE_SIZE = "Max file size"  # a task's own

# What a QEMU may have open: its sockets and its stderr, files of one machine, and what it makes for itself.
OWN_FILES = re.compile(r"/dev/null$|/dev/(own/)?kvm$|socket:|pipe:|anon_inode:|/memfd:(mayfly-)?(memory|state|initramfs)\b|"
                       r".*/rootfs\.ext4$|.*/run/[^/]*/#?[^/]* \(deleted\)$|.*/vmlinux$")


def qemu():
    """The pid of the one that the neighbour's mayfly has, whose guest runs."""
    neighbour.check_unharmed()
    pids = [pid for pid in children_of(neighbour.task.pid) if b"-nodefaults" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    equal(len(pids), 1, f"number of QEMUs ({pids})")
    return pids[0]


def with_stand_in(t, look):
    """What `look` sees of a process of captive's."""
    host = JailedHost(t, PRISON)
    vmm = host.launch(ATTACKS[0])
    try:
        host.wait_ready()
        return look(vmm.pid)
    finally:
        vmm.close()
        host.close()


def compare(t, look, what):
    equal(with_stand_in(t, look), look(qemu()), what)


def limits_of(pid):
    limits = held.limits_of(pid)
    limits.pop(FILE_SIZE)
    return limits


def without_values(instructions):
    """The operations and jumps alone, see linux/filter.h."""
    return [instruction[:4] for instruction in instructions]


def cgroups_of(pid):
    """The names of its groups, without mayfly's and the machine's own."""
    return re.sub(r"/mayfly/[^/\n]+/[^/\n]+$", "/mayfly/*/*", held.proc(pid, "cgroup"), flags=re.MULTILINE)


@test("privileges are the same: none", needs=NEEDS)
def privileges(t):
    need_root()
    compare(t, held.privileges_of, "privileges")
    equal({held.privileges_of(qemu())[name][0] for name in held.PRIVILEGES if name.startswith("Cap")}, {"0" * 16})


@test("limits are the same", needs=NEEDS)
def limits(t):
    need_root()
    compare(t, limits_of, "limits")


@test("namespaces, cgroups and the order of dying are the same", needs=NEEDS)
def places(t):
    need_root()
    compare(t, held.own_namespaces, "namespaces of its own")
    equal(held.own_namespaces(qemu()), list(held.NAMESPACES), "namespaces of its own")
    compare(t, cgroups_of, "cgroups")
    compare(t, lambda pid: held.proc(pid, "oom_score_adj"), "oom_score_adj")


@test("users are two that are nobody else", needs=NEEDS)
def users(t):
    need_root()
    maps = [with_stand_in(t, lambda pid: held.proc(pid, "uid_map")), held.proc(qemu(), "uid_map")]
    outer = []
    for text in maps:
        inner, uid, count = map(int, text.split())
        equal((inner, count), (1000, 1), "its name inside, and how many there are")
        check(uid >= 0x78000000, f"it is user {uid}")
        outer.append(uid)
    check(outer[0] != outer[1], f"both are user {outer[0]}")


@test("the root is the same, but for the program and its libraries", needs=NEEDS)
def mounts(t):
    need_root()
    stand_in, real = with_stand_in(t, held.mounts_of), held.mounts_of(qemu())
    own = stand_in.pop(str(PRISON.attacker))
    check(own in real.values(), f"the program is mounted {own}, unlike anything else there")
    equal(stand_in, {point: real[point] for point in stand_in if point in real}, "mounts")
    for point, (options, _) in real.items():
        check(point == "/proc" or options.startswith("ro,nosuid"), f"{point} is mounted {options}")
    more = set(real) - set(stand_in)
    check(all(Path(point).is_file() for point in more), f"other mounts than files: {more}")


@test("the filters are the same, but for the launch's cookie", needs=NEEDS)
def filters(t):
    need_root()
    stand_in, real = with_stand_in(t, held.filters_of), held.filters_of(qemu())
    equal(len(stand_in), 2, "number of filters")
    equal(len(real), 3, "number of a QEMU's filters, with its own")
    equal(without_values(stand_in[0]), without_values(real[0]), "the launch's filter")
    check(stand_in[0] != real[0], "both were launched with the same cookie")
    equal(stand_in[1], real[1], "the profile")


@test("a QEMU has its machine's descriptors and no others", needs=NEEDS)
def descriptors(_t):
    need_root()
    pid = qemu()
    names = {fd: os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")}
    strange = {fd: name for fd, name in names.items() if not OWN_FILES.match(name)}
    check(not strange, f"descriptors of what is not its own: {strange}")


@test("no page of a QEMU's is offered for merging with those of others", needs=NEEDS)
def merging(_t):
    need_root()
    text = held.proc(qemu(), "smaps")
    contains(text, "VmFlags:")
    check(" mg" not in text, "the host may merge its memory with others', which tells each what the other has")
