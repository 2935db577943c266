# SPDX-License-Identifier: Apache-2.0
"""Sleeps for ever."""

import time

print("about to", flush=True)
while True:
    time.sleep(3600)
