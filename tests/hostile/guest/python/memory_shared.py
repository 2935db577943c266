# SPDX-License-Identifier: Apache-2.0
"""Takes shared memory without a name."""

import mmap

maps = []
while True:
    block = mmap.mmap(-1, 16 << 20)
    for page in range(0, len(block), 4096):
        block[page] = 1
    maps.append(block)
