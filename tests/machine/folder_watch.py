# SPDX-License-Identifier: Apache-2.0
"""Waiting for a name to appear in a folder (inotify(7))."""

import ctypes
import os
import struct

from processes import LIBC

IN_MOVED_TO, IN_CREATE = 0x80, 0x100
HEADER = struct.Struct("iIII")  # watch, mask, cookie, length of the name


class FolderWatch:
    """Sees what appears in the folder from now on."""

    def __init__(self, folder):
        self.fd = LIBC.inotify_init1(os.O_CLOEXEC)
        if self.fd < 0 or LIBC.inotify_add_watch(self.fd, os.fsencode(folder), IN_CREATE | IN_MOVED_TO) < 0:
            raise OSError(ctypes.get_errno(), "inotify")

    def wait(self, begin):
        """Waits for a name that begins so, and returns it."""
        while True:
            for name in self.names():
                if name.startswith(begin):
                    return name

    def names(self):
        events = os.read(self.fd, 65536)
        at = 0
        while at < len(events):
            length = HEADER.unpack_from(events, at)[3]
            at += HEADER.size
            yield os.fsdecode(events[at:at + length].rstrip(b"\0"))
            at += length
