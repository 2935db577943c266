# SPDX-License-Identifier: Apache-2.0
"""Calls itself for ever, having told Python not to mind."""

import sys


def deeper(depth):
    return deeper(depth + 1)


sys.setrecursionlimit(2**31 - 1)
deeper(0)
