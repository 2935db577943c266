# SPDX-License-Identifier: Apache-2.0
"""Finds, rearranges and counts by regular expressions."""

import re

print(*re.findall(r"[\w.]+@[\w.]+\w", "ann@example.org, bob at example.org, or c.d@x.co."))
print(re.sub(r"(\w+), (\w+)", r"\2 \1", "Doe, John"))
print(len(re.findall(r"\b\w*(\w)\1\w*\b", "a balloon for the committee, and a dog")))
