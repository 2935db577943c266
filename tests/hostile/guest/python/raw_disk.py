# SPDX-License-Identifier: Apache-2.0
"""Reads and writes the disk below the file system, and makes devices to do so."""

from attempt import attempt, finish
import os
import stat

for path in ("/dev/vda", "/dev/vdb", "/dev/mem", "/dev/port", "/dev/root"):
    attempt(f"reading {path}", os.open, path, os.O_RDONLY)
    attempt(f"writing {path}", os.open, path, os.O_WRONLY)
for major in (8, 253, 254, 259):
    attempt(f"making {major}", os.mknod, f"/work/disk-{major}", stat.S_IFBLK | 0o666, os.makedev(major, 0))
for place in ("/", "/etc", "/usr/bin", "/root", "/var/tmp"):
    attempt(f"writing to {place}", os.mkdir, f"{place}/mine")
finish()
