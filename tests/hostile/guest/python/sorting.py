# SPDX-License-Identifier: Apache-2.0
"""Sorts the numbers of stdin; then each of them once, the largest first."""

numbers = list(map(int, input().split()))
print(*sorted(numbers))
print(*sorted(set(numbers), reverse=True))
