# SPDX-License-Identifier: Apache-2.0
"""Computes for ever."""

print("about to", flush=True)
while True:
    pass
