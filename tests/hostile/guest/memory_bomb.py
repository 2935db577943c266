# SPDX-License-Identifier: Apache-2.0
"""Takes and touches all the memory there is."""

print("about to", flush=True)
blocks = []
while True:
    blocks.append(b"x" * (16 << 20))
