# SPDX-License-Identifier: Apache-2.0
"""The eBPF programs and maps of the escape monitor that are in the kernel, and who holds them."""

import contextlib
import ctypes
import os
import re
import struct
from pathlib import Path

from processes import LIBC

# bpf(2), include/uapi/linux/bpf.h
SYS_BPF, SYS_MEMBARRIER = 321, 324
PROG_GET_NEXT_ID, MAP_GET_NEXT_ID, PROG_GET_FD_BY_ID, MAP_GET_FD_BY_ID, GET_INFO_BY_FD = 11, 12, 13, 14, 15
MEMBARRIER_GLOBAL = 1
PROGRAMS = {"on_exec", "on_fork", "on_signal", "on_syscall", "refuse_open", "refuse_create"}
INFO_SIZE = 128
PROGRAM_NAME_AT = 64  # in struct bpf_prog_info
MOST_GRACE_PERIODS = 200  # that the kernel takes to let go of a program whose last holder has ended


def bpf(command, attributes):
    buffer = ctypes.create_string_buffer(attributes, INFO_SIZE)
    result = LIBC.syscall(SYS_BPF, command, buffer, len(buffer))
    if result < 0:
        raise OSError(ctypes.get_errno(), "bpf")
    return result, buffer.raw


def can_look():
    """Whether we may list what is in the kernel: that takes CAP_SYS_ADMIN."""
    try:
        bpf(PROG_GET_NEXT_ID, struct.pack("<I", 0))
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def program_ids():
    number = 0
    with contextlib.suppress(FileNotFoundError):
        while True:
            _, answer = bpf(PROG_GET_NEXT_ID, struct.pack("<I", number))
            number = struct.unpack_from("<I", answer, 4)[0]
            yield number


def program_name(number):
    """Empty when it is gone."""
    with contextlib.suppress(FileNotFoundError):
        fd, _ = bpf(PROG_GET_FD_BY_ID, struct.pack("<I", number))
        try:
            info = ctypes.create_string_buffer(INFO_SIZE)
            bpf(GET_INFO_BY_FD, struct.pack("<IIQ", fd, INFO_SIZE, ctypes.addressof(info)))
            return info.raw[PROGRAM_NAME_AT:PROGRAM_NAME_AT + 16].split(b"\0")[0].decode()
        finally:
            os.close(fd)
    return ""


def ours():
    """The ids of all programs that have a name of the escape monitor's."""
    return {number for number in program_ids() if program_name(number) in PROGRAMS}


def held(pids=None):
    """The ids of the programs that processes have open, by themselves or through a link."""
    found = set()
    for folder in [Path(f"/proc/{pid}") for pid in pids] if pids is not None else Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            for file in (folder / "fdinfo").iterdir():
                with contextlib.suppress(OSError):
                    found |= set(map(int, re.findall(r"^prog_id:\s*(\d+)", file.read_text(), re.MULTILINE)))
    return found


def left(suspects=None):
    """Programs of ours (of `suspects`, if given) that are in the kernel though no process holds them.

    The kernel lets go of one some grace periods after its last holder has: those are waited for."""
    for _ in range(MOST_GRACE_PERIODS):
        found = ours() if suspects is None else ours() & suspects
        found = found and found - held()
        if not found:
            return set()
        LIBC.syscall(SYS_MEMBARRIER, MEMBARRIER_GLOBAL, 0, 0)
    return found
