# SPDX-License-Identifier: Apache-2.0
"""The cgroups of this host: who is in which, and those that mayfly makes."""

import contextlib
import fcntl
import os
from pathlib import Path
from typing import NamedTuple

SHARED = "mayfly"  # the folder of all mayflies, in each hierarchy


class Hierarchy(NamedTuple):
    mount: Path
    shown: str  # what the mount shows of the hierarchy: "/" but in containers
    v2: bool
    controllers: frozenset  # of v1; in v2 they differ from group to group


def hierarchies():
    found = []
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        left, right = line.split(" - ")
        kind, _, options = right.split(" ", 2)
        if kind in ("cgroup", "cgroup2"):
            words = left.split(" ")
            found.append(Hierarchy(Path(words[4]), words[3], kind == "cgroup2", frozenset(options.split(","))))
    return found


def path_in(hierarchy, pid="self"):
    """The group of a process in a hierarchy; None: it is outside what the mount shows."""
    for line in Path(f"/proc/{pid}/cgroup").read_text().splitlines():
        number, names, path = line.split(":", 2)
        own = number == "0" if hierarchy.v2 else bool(names) and set(names.split(",")) <= hierarchy.controllers
        if own and Path(path).is_relative_to(hierarchy.shown):
            return hierarchy.mount / Path(path).relative_to(hierarchy.shown)
    return None


def unified():
    """The hierarchy of v2, if one is mounted."""
    return next((hierarchy for hierarchy in hierarchies() if hierarchy.v2), None)


def v2_controllers():
    """Those that the root of the unified hierarchy has to give."""
    root = unified()
    return set((root.mount / "cgroup.controllers").read_text().split()) if root else set()


def v1_controllers():
    return set().union(*(hierarchy.controllers for hierarchy in hierarchies() if not hierarchy.v2))


def control_file(pid, controller, v2_file, v1_file):
    """The file that limits a process's group; None where its groups have no such controller."""
    for hierarchy in hierarchies():
        group = path_in(hierarchy, pid)
        if group and hierarchy.v2 and (group / v2_file).exists():
            return group / v2_file
        if group and not hierarchy.v2 and controller in hierarchy.controllers:
            return group / v1_file
    return None


def shared_folders():
    """Where mayfly may have made groups: below the root of each hierarchy, and below our own group."""
    places = {place / SHARED for each in hierarchies() for place in (each.mount, path_in(each)) if place}
    return sorted(place for place in places if place.is_dir())


def made_by(pids):
    """The folders of those mayflies, which may be dead."""
    numbers = set(map(str, pids))
    found = []
    for shared in shared_folders():
        with contextlib.suppress(FileNotFoundError):
            found += [folder for folder in shared.iterdir() if folder.is_dir() and folder.name.split("-")[0] in numbers]
    return found


def left_by(pids):
    """The folders of mayflies that have ended. One that another mayfly is about to remove is not left."""
    return [folder for folder in made_by(pids) if is_there_unlocked(folder)]


def is_there_unlocked(folder):
    with contextlib.suppress(FileNotFoundError):
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)  # who sweeps holds it for a moment
        finally:
            os.close(fd)
    return folder.exists()


def members(folder):
    """The processes in a group and those below it."""
    found = []
    for group, _, _ in os.walk(folder):
        with contextlib.suppress(OSError):  # who sweeps may have removed it
            found += map(int, Path(group, "cgroup.procs").read_text().split())
    return found
