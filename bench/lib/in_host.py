# SPDX-License-Identifier: Apache-2.0
"""The part of bench/virtual-time that runs in the reference host: tasks one at a time, each result record a line.

usage: in_host.py QEMU OUT     below /job: mayfly, kernel/, image/, and qemu/ if that is the QEMU

Time is virtual there, so a pause costs nothing and nothing else runs: the pool is full again before the next task.
"""

import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests/machine"))

from in_memory import read_everything  # noqa: E402
from mayfly import Batch, Mayfly  # noqa: E402

PAUSE = 3  # seconds: longer than it takes to fill the pool
TASKS = 10
SPAWNS = 20
# What a mode is called, its options, and how many tasks of each program.
MODES = (("hit", ("--pool", "1"), TASKS), ("miss", ("--pool", "0"), TASKS), ("boot", ("--no-snapshot", "--pool", "0"), 3))
PROGRAMS = {"static": ["answer"], "dynamic": ["true"]}


def spawn_time(program):
    return ["spawn-time", "-n", str(SPAWNS), "--", *PROGRAMS[program]]


def tasks_of(mode, count):
    for program, argv in PROGRAMS.items():
        for _ in range(count):
            yield program, argv
    if mode == "hit":
        for program in PROGRAMS:
            yield f"{program} alone", spawn_time(program)


def run_mode(mayfly, mode, options, count, out):
    batch = Batch(mayfly, "-j", "1", "--image", "tiny", *options)
    for program, argv in tasks_of(mode, count):
        time.sleep(PAUSE)
        record = batch.one({"argv": argv})
        print(json.dumps({"mode": mode, "program": program, **record}), file=out, flush=True)
    batch.close()


def main(qemu, out):
    job = read_everything()
    mayfly = Mayfly(str(job / "mayfly"), qemu, "kvm", str(job / "home"))
    with open(out, "w") as stream:
        for mode, options, count in MODES:
            run_mode(mayfly, mode, options, count, stream)


main(*sys.argv[1:])
