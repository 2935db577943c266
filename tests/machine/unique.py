# SPDX-License-Identifier: Apache-2.0
"""Runs in a machine: what is random there, a line each. AT_RANDOM is what the kernel gave this program before it ran."""

import os

first = os.getrandom(16).hex()
AT_RANDOM = 25
WORD = 8


def content(path):
    with open(path, "rb") as file:
        return file.read()


def at_random():
    words = [int.from_bytes(auxv[at:at + WORD], "little") for at in range(0, len(auxv), WORD)]
    with open("/proc/self/mem", "rb") as memory:
        memory.seek(dict(zip(words[::2], words[1::2]))[AT_RANDOM])
        return memory.read(16).hex()


auxv = content("/proc/self/auxv")
maps = content("/proc/self/maps").decode()
print("getrandom:", first)
print("AT_RANDOM:", at_random())
with open("/dev/urandom", "rb", buffering=0) as urandom:
    print("urandom:", urandom.read(16).hex())
print("stack:", next(line.split("-")[0] for line in maps.splitlines() if "[stack]" in line))
print("hash:", hash("x"))
for name in ("hostname", "random/boot_id", "random/uuid"):
    print(f"{name}:", content(f"/proc/sys/kernel/{name}").decode().strip())
import uuid  # noqa: E402  it reads randomness of its own, and should not be the first
print("uuid4:", uuid.uuid4())
