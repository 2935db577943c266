# SPDX-License-Identifier: Apache-2.0
"""Writes a file that is longer than its files may be, and a second one."""

for name in ("first", "second"):
    with open(name, "wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * (1 << 20))
        except OSError as error:
            print(name, file.tell() >> 20, "MiB:", error.strerror)
