# SPDX-License-Identifier: Apache-2.0
"""Restarts, switches off or halts the machine, by reboot(2). The argument says which."""

import ctypes
import sys
import time

HOW = {"restart": 0x01234567, "power-off": 0x4321FEDC, "halt": 0xCDEF0123}

print("about to", flush=True)
time.sleep(0.2)  # the agent passes that on first
ctypes.CDLL(None).reboot(ctypes.c_int(HOW[sys.argv[1]]))
time.sleep(600)
