# SPDX-License-Identifier: Apache-2.0
"""Stops itself, and nobody lets it go on."""

import os
import signal

print("about to", flush=True)
os.kill(os.getpid(), signal.SIGSTOP)
print("goes on")
