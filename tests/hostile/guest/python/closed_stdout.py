# SPDX-License-Identifier: Apache-2.0
"""Closes its stdout, and ends with 7."""

import os

os.write(1, b"before\n")
os.close(1)
os._exit(7)
