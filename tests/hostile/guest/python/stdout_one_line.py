# SPDX-License-Identifier: Apache-2.0
"""Prints a line that does not end."""

import sys

while True:
    sys.stdout.write("x" * 4096)
