# SPDX-License-Identifier: Apache-2.0
"""What holds a process, as the host sees it."""

import ctypes
import os
from pathlib import Path

NAMESPACES = ("cgroup", "ipc", "mnt", "net", "pid", "user", "uts")
PRIVILEGES = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp", "Groups")

# ptrace(2)
SEIZE, INTERRUPT, DETACH, GET_FILTER = 0x4206, 0x4207, 17, 0x420C
INSTRUCTION = 8  # bytes of one in a seccomp filter

LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.ptrace.argtypes = (ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p)


def proc(pid, name):
    return Path(f"/proc/{pid}/{name}").read_text()


def privileges_of(pid):
    fields = dict(line.split(":", 1) for line in proc(pid, "status").splitlines())
    return {name: fields[name].split() for name in PRIVILEGES}


def limits_of(pid):
    """{name: (soft, hard)}"""
    lines = [line.split("  ") for line in proc(pid, "limits").splitlines()[1:]]
    return {words[0]: tuple(word.strip() for word in words[1:] if word)[:2] for words in lines}


def own_namespaces(pid):
    """Those that are not ours."""
    return [kind for kind in NAMESPACES if os.readlink(f"/proc/{pid}/ns/{kind}") != os.readlink(f"/proc/self/ns/{kind}")]


def mounts_of(pid):
    """{mount point: (options of the mount, type of the file system)}"""
    lines = [line.split() for line in proc(pid, "mountinfo").splitlines()]
    return {words[4]: (words[5], words[words.index("-") + 1]) for words in lines}


def ptrace(request, pid, address=0, data=None):
    result = LIBC.ptrace(request, pid, address, data)
    if result < 0:
        raise OSError(ctypes.get_errno(), f"ptrace {request:#x}")
    return result


def filters_of(pid):
    """Its seccomp filters, the first first, each as its instructions."""
    ptrace(SEIZE, pid)
    try:
        ptrace(INTERRUPT, pid)
        os.waitpid(pid, 0x40000000)  # __WALL
        filters = []
        while True:
            try:
                count = ptrace(GET_FILTER, pid, len(filters))
            except FileNotFoundError:  # there are no more
                return filters
            room = ctypes.create_string_buffer(count * INSTRUCTION)
            ptrace(GET_FILTER, pid, len(filters), room)
            filters.append([room.raw[at:at + INSTRUCTION] for at in range(0, len(room), INSTRUCTION)])
    finally:
        ptrace(DETACH, pid)
