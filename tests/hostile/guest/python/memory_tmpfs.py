# SPDX-License-Identifier: Apache-2.0
"""Fills what looks like a disk, and is memory."""

for place in ("/tmp/big", "/dev/shm/big"):
    with open(place, "wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(1 << 20))
        except OSError as error:
            print(f"{place}: {error.strerror}", flush=True)
