# SPDX-License-Identifier: Apache-2.0
"""Ends with 3, but leaves a child in a session of its own that prints for ever."""

import os
import sys

ready, begun = os.pipe()
if os.fork() == 0:
    os.setsid()
    os.write(begun, b"x")
    while True:
        os.write(1, b"the child lives\n")
os.read(ready, 1)
sys.exit(3)
