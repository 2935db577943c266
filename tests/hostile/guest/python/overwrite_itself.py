# SPDX-License-Identifier: Apache-2.0
"""Removes and replaces everything in its own directory, its own source too, and makes links to elsewhere."""

import os
import shutil

for name in os.listdir("/work"):
    path = f"/work/{name}"
    shutil.rmtree(path) if os.path.isdir(path) else os.unlink(path)
os.symlink("/etc/passwd", "/work/main.py")
os.symlink("/", "/work/root")
os.mkfifo("/work/pipe")
print(sorted(os.listdir("/work")))
