# SPDX-License-Identifier: Apache-2.0
"""From the result records of bench/virtual-time to its phases."""

import json

from mayfly import BenchError
from stats import median

TITLES = {
    "launch": "launch QEMU, to its greeting",
    "load": "load the state",
    "resume": "continue, to the agent's answer",
    "exercise": "throw-away exec",
    "static": "claim to result, static program",
    "dynamic": "claim to result, dynamic true",
    "static_alone": "the same by posix_spawn in the guest",
    "dynamic_alone": "the same, dynamic",
    "static_overhead": "overhead, static",
    "dynamic_overhead": "overhead, dynamic",
    "first_output": "claim to first output, static",
    "teardown": "kill and reap",
    "whole": "whole task at a pool miss, static",
    "whole_dynamic": "whole task at a pool miss, dynamic",
    "boot": "cold boot, to the agent's ready",
}
TARGETS = {"static": 2, "dynamic": 4, "static_overhead": 1, "dynamic_overhead": 1}
WHOLE = {"debian": 170, "lean": 90}


def target(name, qemu):
    figure = WHOLE[qemu] if name.startswith("whole") else TARGETS.get(name)
    return f"≤ {figure}" if figure else ""


class Records:
    def __init__(self, records):
        self.records = records

    def of(self, mode, program):
        """Without the first, for which templates are built and files read."""
        found = [r for r in self.records if (r["mode"], r["program"]) == (mode, program)]
        if mode == "hit":
            found = [r for r in found if r["machine"]["pool"] == "hit"]
        if len(found) < 2:
            raise BenchError(f"too few tasks of mode {mode}, program {program}")
        return found[1:]

    def values(self, mode, program, group, name):
        return [r[group][name] for r in self.of(mode, program)]

    def alone(self, program, name):
        """What the guest itself measured, in million instructions."""
        record = next(r for r in self.records if r["program"] == f"{program} alone")
        return json.loads(record["stdout"].splitlines()[-1])[name] / 1e6


# Name: mode, program, and where the record has it. A pool's next machine starts while a task runs, so the phases of a
# start come from machines that were started alone.
SOURCES = {
    "launch": ("miss", "static", "machine", "launch_ms"),
    "load": ("miss", "static", "machine", "load_ms"),
    "resume": ("miss", "static", "machine", "boot_ms"),
    "exercise": ("hit", "static", "machine", "exercise_ms"),
    "static": ("hit", "static", "timing", "result_ms"),
    "dynamic": ("hit", "dynamic", "timing", "result_ms"),
    "first_output": ("hit", "static", "timing", "first_output_ms"),
    "teardown": ("miss", "static", "timing", "teardown_ms"),
    "whole": ("miss", "static", "timing", "total_ms"),
    "whole_dynamic": ("miss", "dynamic", "timing", "total_ms"),
    "boot": ("boot", "static", "machine", "boot_ms"),
}


def summarise(records, of_values, of_spawns):
    figures = {name: of_values(records.values(*source)) for name, source in SOURCES.items()}
    for program in ("static", "dynamic"):
        figures[f"{program}_alone"] = records.alone(program, of_spawns)
        figures[f"{program}_overhead"] = figures[program] - figures[f"{program}_alone"]
    return {name: figures[name] for name in TITLES}


def medians(records):
    """In million instructions, in the order of TITLES."""
    return summarise(Records(records), median, "median_ns")


def least(records):
    """The same, of the tasks that waited least: waits in the kernel end with a tick of its clock, 4 M apart, and by
    chance with the next one. What is left repeats to a percent."""
    return summarise(Records(records), min, "min_ns")
