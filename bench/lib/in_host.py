# SPDX-License-Identifier: Apache-2.0
"""The part of bench/virtual-time that runs in the reference host: tasks one at a time, each result record a line.

usage: in_host.py QEMU OUT     below /job: mayfly, kernel/, image/

Time is virtual there, so a pause costs nothing and nothing else runs: the pool is full again before the next task.
mayfly's state is in memory and QEMU is started once beforehand: while the machine idles, waiting for a real disk, its
clock leaps from timer to timer.
"""

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests/machine"))

from mayfly import Batch, Mayfly  # noqa: E402

JOB = Path("/job")
HOME = Path("/tmp/mayfly")
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


def set_up(home):
    shutil.copytree(JOB / "kernel", home / "kernel")
    shutil.copytree(JOB / "image", home / "images/tiny")


def start_once(qemu):
    """Its files, the accelerator's and the firmware are in memory then."""
    command = [qemu, "-nodefaults", "-display", "none", "-S", "-M", "microvm,acpi=off", "-accel", "kvm", "-qmp", "stdio"]
    quit = b'{"execute":"qmp_capabilities"}{"execute":"quit"}'
    subprocess.run(command, input=quit, stdout=subprocess.DEVNULL, check=True)


def main(qemu, out):
    set_up(HOME)
    start_once(qemu)
    mayfly = Mayfly(str(JOB / "mayfly"), qemu, "kvm", str(HOME))
    with open(out, "w") as stream:
        for mode, options, count in MODES:
            run_mode(mayfly, mode, options, count, stream)


main(*sys.argv[1:])
