# SPDX-License-Identifier: Apache-2.0
"""Closes its outputs, and does not end."""

import os
import time

os.write(1, b"about to\n")
for end in (0, 1, 2):
    os.close(end)
time.sleep(3600)
