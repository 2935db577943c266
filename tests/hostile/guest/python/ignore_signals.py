# SPDX-License-Identifier: Apache-2.0
"""Ignores every signal that can be ignored, and does not end."""

import signal
import time

for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
    signal.signal(number, signal.SIG_IGN)
print("about to", flush=True)
while True:
    time.sleep(3600)
