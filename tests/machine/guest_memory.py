# SPDX-License-Identifier: Apache-2.0
"""The memory of guests, seen from the host: what QEMU maps, and the sealed files that it is a private copy of."""

import contextlib
import fcntl
import os
import re
import struct
from pathlib import Path

F_GET_SEALS, SEALS = 1034, 0x1 | 0x2 | 0x4 | 0x8  # SEAL, SHRINK, GROW, WRITE
PRESENT = 1 << 63  # of an entry of /proc/PID/pagemap
PAGE = os.sysconf("SC_PAGE_SIZE")


def memory_runs(pid):
    """All that the process has of guests' memory, run by run: a QEMU its own guest's, mayfly its templates'."""
    yield from mapped_runs(pid)
    for file, name in memory_files(pid):
        if name == "mayfly-memory":
            with open(file, "rb") as content:
                yield from data_runs(content)


def mapped_runs(pid):
    with open(f"/proc/{pid}/mem", "rb") as memory, open(f"/proc/{pid}/pagemap", "rb") as pages:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            if "mayfly-memory" in line:
                start, end = (int(word, 16) for word in re.match(r"(\w+)-(\w+)", line).groups())
                for first, count in present_runs(pages, start, end):
                    memory.seek(first)
                    yield memory.read(count)


def present_runs(pages, start, end):
    """Of a mapping, the parts that are in memory: (address, bytes)."""
    pages.seek(start // PAGE * 8)
    entries = pages.read((end - start) // PAGE * 8)
    run = None
    for n, (entry,) in enumerate(struct.iter_unpack("Q", entries)):
        if entry & PRESENT:
            run = n if run is None else run
        elif run is not None:
            yield start + run * PAGE, (n - run) * PAGE
            run = None
    if run is not None:
        yield start + run * PAGE, end - start - run * PAGE


def data_runs(file):
    """The parts of a sparse file that hold data."""
    at = 0
    with contextlib.suppress(OSError):  # there is no more data
        while True:
            at = os.lseek(file.fileno(), at, os.SEEK_DATA)
            end = os.lseek(file.fileno(), at, os.SEEK_HOLE)
            yield os.pread(file.fileno(), end - at, at)
            at = end


def memory_files(pid):
    """The files in memory that a process holds open: [(path to open it by, its name)]."""
    found = []
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            if name := re.match(r"/memfd:(\S+)", os.readlink(entry)):
                found.append((entry, name[1]))
    return found


def seals_of(path):
    with open(path, "rb") as file:
        return fcntl.fcntl(file, F_GET_SEALS)
