# SPDX-License-Identifier: Apache-2.0
"""Computes for ever, in four processes."""

import os

os.fork()
os.fork()
while True:
    pass
