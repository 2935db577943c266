# SPDX-License-Identifier: Apache-2.0
"""Prints for ever."""

while True:
    print("all work and no play makes Jack a dull boy")
