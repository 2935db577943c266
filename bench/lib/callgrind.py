# SPDX-License-Identifier: Apache-2.0
"""Instructions of mayfly itself, counted by Valgrind's callgrind."""

import re
import shutil
import subprocess
from typing import NamedTuple

from mayfly import Batch, BenchError

FUNCTION = re.compile(r"^\s*([\d,]+)\s+(?:\(\s*[\d.]+%\)\s+)?(\S+?):(.*?)(?:\s+\[[^\]]*\])?$")


def need_valgrind():
    for program in ("valgrind", "callgrind_annotate"):
        if not shutil.which(program):
            raise BenchError(f"{program} is not installed (package valgrind); or say --no-callgrind")


class Counts(NamedTuple):
    """Instructions by function."""

    inclusive: dict  # what it calls included
    own: dict
    total: int


def count(mayfly, preload, folder, tasks, options):
    """The Counts of a whole mayfly that runs `tasks` tasks."""
    out = folder / f"callgrind.{tasks}"
    batch = Batch(mayfly, *options, env={"LD_PRELOAD": str(preload)},
                  wrapper=["valgrind", "-q", "--tool=callgrind", f"--callgrind-out-file={out}"])
    for _ in range(tasks):
        batch.one({"argv": ["true"]})
    batch.close()
    inclusive, total = read_functions(out, "yes")
    return Counts(inclusive, read_functions(out, "no")[0], total)


def read_functions(out, inclusive):
    """({function: instructions}, all instructions)"""
    text = subprocess.run(["callgrind_annotate", f"--inclusive={inclusive}", "--threshold=100", "--auto=no", out],
                          capture_output=True, text=True, check=True).stdout
    counts = {}
    for line in text.splitlines():
        if found := FUNCTION.match(line):
            name = found[3].strip() or found[2]
            counts[name] = max(counts.get(name, 0), int(found[1].replace(",", "")))
    total = re.search(r"^\s*([\d,]+) (?:\([ \d.]+%\) +)?PROGRAM TOTALS", text, re.MULTILINE)
    if not total:
        raise BenchError(f"callgrind_annotate gave no total: {text[:500]}")
    return counts, int(total[1].replace(",", ""))


def per_task(few, many, difference):
    """What one more task costs: Counts, in which what happens once has no part."""
    def slope(less, more):
        return {name: (count - less.get(name, 0)) / difference for name, count in more.items()}

    return Counts(slope(few.inclusive, many.inclusive), slope(few.own, many.own), (many.total - few.total) / difference)


def readable(name):
    """A function's name as a person would say it."""
    handler = re.match(r"std::_Function_handler<.*?, (?:mayfly::)?([\w:~]+)\(.*\{lambda", name)
    if handler:
        return f"lambda of {handler[1]}"
    name = name.replace("mayfly::", "").replace("(anonymous namespace)::", "").partition("(")[0]
    while (shorter := re.sub(r"<[^<>]*>", "", name)) != name:  # template arguments, from the inside
        name = shorter
    return name.rpartition(" ")[2] if not name.startswith("operator") else name


def top(functions, total, count):
    """The `count` costliest by readable name; those that all of it passes through tell nothing, and are left out."""
    best = {}
    for name, value in sorted(functions.items(), key=lambda item: -item[1]):
        if value < 0.98 * total:
            best.setdefault(readable(name), value)
    return list(best.items())[:count]
