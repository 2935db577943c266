# SPDX-License-Identifier: Apache-2.0
"""Prints nothing but NUL for ever."""

import os

while True:
    os.write(1, bytes(65536))
