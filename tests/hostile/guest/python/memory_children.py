# SPDX-License-Identifier: Apache-2.0
"""Takes memory in many processes, each of which has little."""

import os

blocks = []
while True:
    blocks.append(b"x" * (2 << 20))
    if os.fork() > 0:
        os.wait()
