# SPDX-License-Identifier: Apache-2.0
"""What /proc says of a process and of the host."""

import contextlib
import os
from pathlib import Path
from typing import NamedTuple

TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
KIB = 1024


class Cpu(NamedTuple):
    """Seconds; `children` are those that have ended and been waited for."""

    user: float
    system: float
    children_user: float
    children_system: float

    def __add__(self, other):
        return Cpu(*(mine + its for mine, its in zip(self, other)))

    def __sub__(self, other):
        return Cpu(*(mine - its for mine, its in zip(self, other)))


def cpu_of(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return Cpu(*(int(ticks) / TICK for ticks in fields[11:15]))


def run_time_of(pid):
    """Seconds on a processor, all threads, to the nanosecond: finer than the ticks of cpu_of()."""
    total = 0
    for thread in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):
            total += int((thread / "schedstat").read_text().split()[0])
    return total / 1e9


def resident_bytes(pid):
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def sizes_of(path):
    """The lines "Name: N kB" of a file of /proc, in bytes."""
    lines = (line.split() for line in Path(path).read_text().splitlines())
    return {words[0].rstrip(":"): int(words[1]) * KIB for words in lines if len(words) == 3 and words[2] == "kB"}


def memory_of(pid):
    """PSS and its parts: what ending this process would free, and its share of what it shares."""
    sizes = sizes_of(f"/proc/{pid}/smaps_rollup")
    private = sizes["Private_Clean"] + sizes["Private_Dirty"]
    return {"rss": sizes["Rss"], "pss": sizes["Pss"], "private": private, "shared": sizes["Pss"] - private}


def available_bytes():
    return sizes_of("/proc/meminfo")["MemAvailable"]


def busy_seconds():
    """Time that the host's processors were not idle, whoever used them."""
    fields = [int(ticks) / TICK for ticks in Path("/proc/stat").read_text().split("\n")[0].split()[1:9]]
    user, nice, system, _idle, _iowait, irq, softirq, _steal = fields
    return user + nice + system + irq + softirq


def stolen_seconds():
    """Time that the host of this host took from it: the noise of a rented machine."""
    return int(Path("/proc/stat").read_text().split("\n")[0].split()[8]) / TICK


def load():
    return " ".join(f"{load:.2f}" for load in os.getloadavg())


def host_facts():
    cpu = next((line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                if line.startswith("model name")), "unknown")
    system = os.uname()
    return {"processors": f"{os.cpu_count()} × {cpu}",
            "memory": f"{sizes_of('/proc/meminfo')['MemTotal'] / 2**30:.1f} GiB",
            "host kernel": f"{system.sysname} {system.release}",
            "load before": load()}
