# SPDX-License-Identifier: Apache-2.0
"""In how many ways 6, and 8, queens can stand on a board of that size."""


def place(n, row=0, columns=0, rising=0, falling=0):
    if row == n:
        return 1
    free = [c for c in range(n) if not (columns >> c & 1 or rising >> (row + c) & 1 or falling >> (row - c + n) & 1)]
    return sum(place(n, row + 1, columns | 1 << c, rising | 1 << (row + c), falling | 1 << (row - c + n)) for c in free)


print(place(6), place(8))
