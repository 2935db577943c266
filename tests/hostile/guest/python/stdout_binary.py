# SPDX-License-Identifier: Apache-2.0
"""Prints random bytes for ever."""

import os

while True:
    os.write(1, os.urandom(65536))
