# SPDX-License-Identifier: Apache-2.0
"""Stops the agent for good, as a debugger does: the guest falls silent."""

import ctypes
import time

PTRACE_ATTACH = 16

print("about to", flush=True)
time.sleep(0.2)  # the agent passes that on first
if ctypes.CDLL(None).ptrace(PTRACE_ATTACH, 1, 0, 0) != 0:
    raise SystemExit("the agent cannot be attached to")
time.sleep(600)
