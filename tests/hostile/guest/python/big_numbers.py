# SPDX-License-Identifier: Apache-2.0
"""Numbers that are larger than a machine's word."""

import math
from functools import lru_cache


@lru_cache(maxsize=None)
def fibonacci(n):
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


print(2**100)
print(math.factorial(30))
print(fibonacci(100))
