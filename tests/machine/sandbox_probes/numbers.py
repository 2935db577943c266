# SPDX-License-Identifier: Apache-2.0
"""Numbers that the kernel takes for what this program makes; and what sysinfo(2) says of others."""

import contextlib
import ctypes
import json
import mmap
import os
import socket

SO_COOKIE = 57
LIBC = ctypes.CDLL(None)


def cookie():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        return int.from_bytes(one.getsockopt(socket.SOL_SOCKET, SO_COOKIE, 8), "little")


def mapping():
    with contextlib.closing(mmap.mmap(-1, 4096)), open("/proc/self/maps") as maps:
        return next(int(line.split()[4]) for line in maps if "/dev/zero" in line)


def port():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        return client.getsockname()[1]


def sysinfo():
    """Loads and the number of processes: after uptime, and after nine more."""
    words = (ctypes.c_ulong * 64)()
    assert LIBC.sysinfo(words) == 0
    return [*words[1:4], words[10] & 0xFFFF]


ends = os.pipe()
with socket.socket() as made:
    numbers = {"cookie": cookie(), "memfd": os.stat(os.memfd_create("x")).st_ino, "mapping": mapping(), "pipe": os.fstat(ends[0]).st_ino,
               "socket": os.fstat(made.fileno()).st_ino}
print(json.dumps({"numbers": numbers, "ports": [port() for _ in range(8)], "sysinfo": sysinfo()}))
