# SPDX-License-Identifier: Apache-2.0
"""Four threads add up 100,000 numbers; four tasks give their squares, in order."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

SHARE = 25_000


def add_up(part):
    return sum(range(part * SHARE + 1, (part + 1) * SHARE + 1))


async def square(number):
    await asyncio.sleep(0.01 * (4 - number))
    return number * number


async def squares():
    return await asyncio.gather(*map(square, range(4)))


with ThreadPoolExecutor(4) as pool:
    print(sum(pool.map(add_up, range(4))))
print(*asyncio.run(squares()))
