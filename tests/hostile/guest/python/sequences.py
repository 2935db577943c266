# SPDX-License-Identifier: Apache-2.0
"""Sequences that are made as they are asked for: Collatz's longest below 1000, ten primes, a Fibonacci number."""

from itertools import count, islice


def collatz(n):
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        yield n


def primes():
    for n in count(2):
        if all(n % d for d in range(2, int(n**0.5) + 1)):
            yield n


def fibonacci():
    a, b = 0, 1
    while True:
        yield a
        a, b = b, a + b


longest = max(range(1, 1000), key=lambda n: sum(1 for _ in collatz(n)))
print(longest, sum(1 for _ in collatz(longest)))
print(sum(islice(primes(), 10)))
print(next(f for f in fibonacci() if f > 1000))
