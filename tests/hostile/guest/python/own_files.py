# SPDX-License-Identifier: Apache-2.0
"""Writes a file of numbers and their squares, reads it, renames it and lists its directory."""

from pathlib import Path

folder = Path("made/here")
folder.mkdir(parents=True)
with open(folder / "b.txt", "w") as file:
    for number in range(1, 1001):
        print(number, number * number, file=file)
rows = [line.split() for line in (folder / "b.txt").read_text().splitlines()]
print(len(rows), sum(int(square) for _, square in rows))
(folder / "b.txt").rename(folder / "c.txt")
(folder / "a.txt").touch()
print(*sorted(path.name for path in folder.iterdir()))
