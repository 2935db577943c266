# SPDX-License-Identifier: Apache-2.0
"""Calls itself for ever."""


def deeper(depth):
    return deeper(depth + 1)


deeper(0)
