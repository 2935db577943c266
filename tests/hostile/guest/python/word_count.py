# SPDX-License-Identifier: Apache-2.0
"""The three most frequent words of stdin, and how often each is there."""

import sys
from collections import Counter

counts = Counter(sys.stdin.read().split())
for word, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:3]:
    print(word, count)
