# SPDX-License-Identifier: Apache-2.0
"""Ends at once, but leaves a child of a child in a session of its own that holds the pipes and never ends."""

import os
import time

ready, begun = os.pipe()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.write(begun, b"x")
        time.sleep(3600)
    os._exit(0)
os.wait()
os.read(ready, 1)
print("the parent ends")
