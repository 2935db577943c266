# SPDX-License-Identifier: Apache-2.0
"""Writes small files in its own directory, by the thousand."""

import itertools

for number in itertools.count():
    with open(f"small-{number}", "wb") as file:
        file.write(b"x" * 1000)
