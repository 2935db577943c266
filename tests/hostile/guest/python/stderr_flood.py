# SPDX-License-Identifier: Apache-2.0
"""Complains for ever."""

import sys

while True:
    sys.stderr.write("error: too many errors\n" * 100)
