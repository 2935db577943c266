# SPDX-License-Identifier: Apache-2.0
"""Writes one big file in its own directory."""

with open("big", "wb", buffering=0) as file:
    while True:
        file.write(b"x" * (1 << 20))
