# SPDX-License-Identifier: Apache-2.0
"""Looks for something like the token, 64 hexadecimal digits, in all that it can read of itself and of the machine."""

import os
import re

TOKEN = re.compile(rb"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
PLACES = ("/proc/cmdline", "/proc/bootconfig", "/proc/1/environ", "/proc/1/cmdline", "/proc/1/mem", "/proc/kmsg", "/proc/kcore",
          "/dev/kmsg", "/dev/mem", "/init", "/proc/self/environ", "/proc/self/cmdline", "/proc/self/auxv", "/proc/self/mountinfo")


def content(path):
    try:
        with open(path, "rb") as file:
            return file.read(1 << 20)
    except OSError:
        return b""


def own_memory():
    with open("/proc/self/maps", "rb") as maps, open("/proc/self/mem", "rb", buffering=0) as memory:
        for line in maps.readlines():
            begin, end = (int(word, 16) for word in line.split()[0].split(b"-"))
            if b"[stack]" in line:
                memory.seek(begin)
                yield memory.read(end - begin)


found = [path for path in PLACES if TOKEN.search(content(path))]
found += ["stack" for block in own_memory() if TOKEN.search(block)]
found += [name for name in os.environ if TOKEN.search(os.environb[name.encode()])]
print("found", found)
raise SystemExit(1 if found else 0)
