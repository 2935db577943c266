# SPDX-License-Identifier: Apache-2.0
"""Takes and touches memory."""

blocks = []
while True:
    blocks.append(b"x" * (16 << 20))
