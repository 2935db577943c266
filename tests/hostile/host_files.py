# SPDX-License-Identifier: Apache-2.0
"""The files of a host that is attacked."""

import fcntl
import functools
import os
import struct

CONTENT = b"as it was" * 1000
F_OFD_SETLK = 37  # which Python's fcntl lacks


class HostFiles:
    """A part of Host, which has `folder`, `uid`, `cap` and `on_close`. `passed` are descriptors for the attacker."""

    def file(self, name, content=CONTENT):
        path = self.folder / name
        path.write_bytes(content)
        os.chown(path, self.uid, self.uid)
        return path

    def passed_on(self, fd):
        self.passed.append(fd)
        self.on_close.callback(os.close, fd)
        return fd

    @functools.cached_property
    def gold(self):
        """It is on the disk, so that memory need not keep it."""
        gold = self.file("gold")
        with open(gold, "rb") as written:
            os.fsync(written)
        return gold

    @functools.cached_property
    def overlay(self):
        return self.file("overlay")

    @functools.cached_property
    def gold_fd(self):
        return self.passed_on(os.open(self.gold, os.O_RDONLY))

    @functools.cached_property
    def kernel(self):
        return self.file("kernel")

    @functools.cached_property
    def kernel_fd(self):
        return self.passed_on(os.open(self.kernel, os.O_RDONLY))

    @functools.cached_property
    def disk_fd(self):
        return self.passed_on(os.open(self.file("disk", b""), os.O_RDWR))

    @functools.cached_property
    def new_path(self):
        return self.folder / "made"

    @functools.cached_property
    def library(self):
        return self.file("library")

    @functools.cached_property
    def root(self):
        """What the attacker has for a root directory, or a place in it that would do as well."""
        folder = self.folder / "root"
        folder.mkdir()
        os.chown(folder, self.uid, self.uid)
        return folder

    @functools.cached_property
    def template_fd(self):
        fd = self.passed_on(os.memfd_create("template", os.MFD_ALLOW_SEALING))
        os.fchown(fd, self.uid, self.uid)
        os.write(fd, CONTENT)
        return fd

    def seal_template(self):
        fcntl.fcntl(self.template_fd, fcntl.F_ADD_SEALS,
                    fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL)

    def harmed_gold_changed(self):
        return self.gold.read_bytes() != CONTENT or self.gold.stat().st_mode & 0o777 == 0o666

    def harmed_gold_locked(self):
        with open(self.gold, "rb") as other:
            try:
                fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def harmed_gold_range_locked(self):
        with open(self.gold, "r+b") as other:
            try:
                fcntl.fcntl(other, F_OFD_SETLK, struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0))
            except BlockingIOError:
                return True
        return False

    def harmed_gold_evicted(self):
        """Reading without waiting for the disk finds nothing."""
        try:
            return os.preadv(self.gold_fd, [bytearray(1)], 0, os.RWF_NOWAIT) != 1
        except BlockingIOError:
            return True

    def harmed_kernel_truncated(self):
        return self.kernel.read_bytes() != CONTENT

    def harmed_gold_flags_changed(self):
        return bool(fcntl.fcntl(self.gold_fd, fcntl.F_GETFL) & os.O_APPEND)

    def harmed_gold_position_changed(self):
        return os.lseek(self.gold_fd, 0, os.SEEK_CUR) != 0

    def harmed_overlay_changed(self):
        return not self.overlay.exists() or self.overlay.read_bytes() != CONTENT

    def harmed_library_changed(self):
        return self.library.read_bytes() != CONTENT

    def harmed_template_changed(self):
        return os.pread(self.template_fd, len(CONTENT) + 1, 0) != CONTENT

    def harmed_file_made(self):
        return self.new_path.exists()

    def harmed_root_changed(self):
        return any(self.root.iterdir())

    def harmed_disk_filled(self):
        disk = os.fstat(self.disk_fd)
        return max(disk.st_size, disk.st_blocks * 512) > self.cap
