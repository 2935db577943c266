# SPDX-License-Identifier: Apache-2.0
"""Waits for a pipe into which nobody ever writes, this process having the other end."""

import os

reader, writer = os.pipe()
print("about to", flush=True)
os.read(reader, 1)
