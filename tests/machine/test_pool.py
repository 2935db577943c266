# SPDX-License-Identifier: Apache-2.0
"""The pool: machines that wait for their task, each used once, dropped when it died or its image was replaced."""

import contextlib
import os
import re
import signal
from pathlib import Path

from guest_memory import SEALS, memory_files, seals_of
from harness import by_id, check, equal, shell, test
from small_image import publish_small_image

DEAD = 128 + signal.SIGKILL
NAME = {"argv": ["cat", "/proc/sys/kernel/hostname"]}


def machine_of(record):
    return {name: record["machine"][name] for name in ("origin", "pool")}


def full_pool(t, size, *options):
    """A batch whose pool is full of waiting machines; and the pids of their QEMUs."""
    live = t.start_batch("-j", str(size), "--pool", str(size), *options)
    live.stdin.write(t.tasks([NAME] * size).read_bytes())
    live.out.wait_for(lambda content: content.count(b"\n") == size, "results")
    return live, live.wait_pool(size)


def end(live, status=0):
    live.stdin.close()
    ended = live.wait()
    equal(ended.status, status, "status")
    return ended


@test("a machine is used once: 30 tasks have 30 machines, and no machine outlives the batch")
def once(t):
    live = t.start_batch("-j", "2")
    live.say(t.tasks([NAME | {"id": f"t{n}"} for n in range(30)]).read_bytes())
    ended = live.wait()
    found = by_id(ended.records())
    equal((ended.status, {r["verdict"] for r in found.values()}), (0, {"ok"}), "end")
    names = {r["stdout"].strip() for r in found.values()}
    equal(len(names), 30, "names of machines")
    machines = live.machines()
    check(names <= set(machines), f"others than were launched: {names - set(machines)}")
    equal({state for _, state in machines.values()}, {"released"}, "states of the machines at the end")
    check(len(machines) <= 34, f"{len(machines)} machines were launched for 30 tasks")


@test("a task that finds a machine waiting is a hit; the first one, and all with --pool 0, are misses")
def hits(t):
    live, _ = full_pool(t, 1)
    record = live.ask(NAME)
    equal(machine_of(record), {"origin": "template", "pool": "hit"}, "machine")
    check("exercise_ms" in record["machine"], f"it was not exercised: {record['machine']}")
    ended = end(live)
    equal(machine_of(ended.records()[0]), {"origin": "template", "pool": "miss"}, "first machine")
    for options, origin in ((("--pool", "0"), "template"), (("--pool", "0", "--no-snapshot"), "boot")):
        ended = t.batch([NAME] * 3, "-j", "1", *options)
        equal([machine_of(r) for r in ended.records()], [{"origin": origin, "pool": "miss"}] * 3, f"machines with {options}")


@test("--no-snapshot has a pool, too, of machines that booted")
def booted(t):
    live, _ = full_pool(t, 1, "--no-snapshot")
    equal(machine_of(live.ask(NAME)), {"origin": "boot", "pool": "hit"}, "machine")
    end(live)


@test("with --pool 0 nothing is launched before it is asked for")
def no_pool(t):
    live = t.start_batch("-j", "2", "--pool", "0")
    for n in range(2):
        equal(live.ask(NAME)["verdict"], "ok", "verdict")
        equal(len(live.machines()), n + 1, "machines")
    end(live)


@test("machines that wait for other shapes than are asked for make room")
def shapes(t):
    t.plain_image()
    live, _ = full_pool(t, 1)
    first = set(live.machines())
    small = NAME | {"limits": {"memory_bytes": 128 << 20}}
    equal(machine_of(live.ask(small))["pool"], "miss", "pool")
    live.wait_pool(1)
    equal({live.machines()[name][1] for name in first}, {"released"}, "states of the machines of the other shape")
    equal(machine_of(live.ask(small))["pool"], "hit", "pool")
    end(live)


# --- What may happen to a machine that waits --------------------------------------------------------------------


@test("a QEMU that is killed while it waits is replaced; the next task has another, at the first attempt")
def killed(t):
    live, waiting = full_pool(t, 2, "--retries", "0")
    for pid in waiting:
        os.kill(pid, signal.SIGKILL)
        live.wait_log(rf"\(pid {pid}\): reaping -> released")
    record = live.ask(NAME)
    equal((record["verdict"], record["attempts"]), ("ok", 1), "record")
    live.wait_pool(2)
    ended = end(live)
    equal([r["verdict"] for r in ended.records()], ["ok"] * 3, "verdicts")


@test("a QEMU that dies at the moment when it is handed out costs an attempt, never the task")
def killed_and_claimed(t):
    live, waiting = full_pool(t, 2)
    os.kill(waiting[0], signal.SIGKILL)
    equal(live.ask(NAME)["verdict"], "ok", "verdict")
    end(live)


@test("an image that is published while machines wait: the old ones are dropped, tasks have the new one")
def stale(t):
    publish_small_image(t, "base", "old")
    t.private_templates()
    live, _ = full_pool(t, 2)
    task = {"argv": ["cat", "/version"]}
    before = live.ask(task)
    old = live.wait_pool(2)
    publish_small_image(t, "base", "new")
    after = live.ask(task)
    equal((before["stdout"], after["stdout"], after["machine"]["pool"]), ("old\n", "new\n", "miss"), "records")
    check(before["provenance"]["image"] != after["provenance"]["image"], "both records name the same image")
    new = live.wait_pool(1)
    check(not set(new) & set(old), "a machine of the old image still waits")
    again = live.ask(task)
    equal((again["stdout"], again["machine"]["pool"]), ("new\n", "hit"), "the one after that")
    end(live)


# --- The end ------------------------------------------------------------------------------------------------


@test("SIGINT and SIGTERM with a full pool: nothing is left")
def signals(t):
    for number, status in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        live, _ = full_pool(t, 2)
        live.signal(number)
        equal(live.wait().status, status, "status")
        t.assert_nothing_left()


@test("SIGKILL with a full pool: the machines die with it, the next start cleans up, and no lock is held")
def sigkill(t):
    live, waiting = full_pool(t, 2)
    equal(live.kill().status, DEAD, "status")
    t.check_orphans(waiting)
    t.sweep()
    equal(t.run("echo", "hi").out, b"hi\n", "output of the next")


@test("SIGKILL while machines are launched ahead")
def sigkill_early(t):
    live, waiting = full_pool(t, 1)
    live.stdin.write(t.tasks([shell("sleep 600")]).read_bytes())
    ahead = live.wait_moved("loading", "booting")
    equal(live.kill().status, DEAD, "status")
    t.check_orphans([*waiting, ahead])
    t.sweep()


# --- What it costs --------------------------------------------------------------------------------------------


@test("while a batch runs, every file in memory that mayfly holds is sealed against writing")
def sealed(t):
    live, _ = full_pool(t, 1)
    files = memory_files(live.pid)
    names = {name for _, name in files}
    check(names >= {"mayfly-memory", "mayfly-state", "mayfly-overlay"}, f"only {names} are there")
    for path, name in files:
        equal(seals_of(path) & SEALS, SEALS, f"seals of {name}")
        try:
            fd = os.open(path, os.O_RDWR)
        except PermissionError:
            continue
        with contextlib.closing(os.fdopen(fd, "r+b", buffering=0)) as file:
            try:
                file.write(b"x")
            except PermissionError:
                continue
        check(False, f"{name} can be written")
    end(live)


def resident(pid):
    """Bytes that the process has for itself: what its templates take is not its own."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) << 10
    return 0


@test("60 tasks: from the 20th to the last, mayfly has no more descriptors, memory, files or children")
def no_growth(t):
    live = t.start_batch("-j", "2")

    def after(tasks):
        seen = live.out.content.count(b"\n")
        live.stdin.write(t.tasks([NAME] * tasks).read_bytes())
        live.out.wait_for(lambda content: content.count(b"\n") == seen + tasks, "results")
        live.wait_pool(2)
        kinds = sorted(re.sub(r"(?<=[-/])(m-)?[0-9a-f]{8,}|\d+", "N", os.readlink(fd)) for fd in Path(f"/proc/{live.pid}/fd").iterdir())
        return kinds, sorted(str(path.relative_to(t.home)) for path in t.run_folder.rglob("*")), resident(live.pid)

    descriptors, files, memory = after(20)
    last_descriptors, last_files, last_memory = after(40)
    equal((last_descriptors, last_files), (descriptors, files), "descriptors and files")
    check(last_memory <= memory + (1 << 20), f"{memory} bytes of memory became {last_memory}")
    end(live)
