# SPDX-License-Identifier: Apache-2.0
"""Writes over the agent's code while it runs, so that the first process dies, and with it the guest's kernel."""

import sys
import time

INT3 = b"\xcc"

with open("/proc/1/maps") as maps:
    code = [line.split()[0].split("-") for line in maps if " r-xp " in line and "[" not in line]
print("about to", flush=True)
with open("/proc/1/mem", "wb", buffering=0) as memory:
    for begin, end in code:
        memory.seek(int(begin, 16))
        memory.write(INT3 * (int(end, 16) - int(begin, 16)))
sys.stdout.write("wakes the agent up\n")
sys.stdout.flush()
time.sleep(600)
