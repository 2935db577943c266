# SPDX-License-Identifier: Apache-2.0
"""Kills whatever it can reach but itself: there is nobody."""

from attempt import attempt, finish
import os
import signal

for target in (-1, 1):
    attempt(f"kill {target}", os.kill, target, signal.SIGKILL)
attempt("kill with another's group", os.killpg, 1, signal.SIGKILL)
finish()
