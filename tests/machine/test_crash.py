# SPDX-License-Identifier: Apache-2.0
"""mayfly killed with SIGKILL at every change of state of a machine: QEMU dies with it, the next start cleans up.

The changes are those of the state table itself (die-at --list), not a choice of ours.
"""

import contextlib
import os
import random
import re
import signal
import subprocess
import time

import bpf_objects
import cgroups
from harness import ORPHAN_ENDS, Failure, Skip, Test, check, children_of, equal, holders_of, shell, test, tests, to_lines

DEAD = 128 + signal.SIGKILL
ROUNDS = int(os.environ.get("MAYFLY_TEST_CRASHES", "12"))
MOST_MOVES = 120  # of machines, that a batch is left alone for: more than its first tasks take
LONGEST_DELAY = 0.05  # seconds after a move, which is longer than most states last
LIFE = ("defined", "launching", "negotiating", "loading", "booting", "exercising", "ready", "running", "killing", "reaping",
        "released")
HOW = {"nature": "", "host": "", "owner": "", "hostile-vmm": " (QEMU breaks the protocol)",
       "no-path": " (no code leads here; handed over)"}


def define(setting):
    """One test for each transition; of those that no code leads to, which do not differ in what follows, one a state."""
    if not os.access(setting.die_at, os.X_OK):
        tests.append(Test("crash: every transition of the table", not_built, 10))
        return
    table = subprocess.run([setting.die_at, "--list"], capture_output=True, text=True, check=True).stdout
    handed_over = set()
    for line in table.splitlines():
        before, event, after, how = line.split()
        if how == "no-path" and (before, after) in handed_over:
            continue
        handed_over |= {(before, after)} if how == "no-path" else set()
        name = f"crash: killed at {before} + {event} -> {after}{HOW[how]}"
        tests.append(Test(name, lambda t, b=before, e=event: dies_at(t, b, e), 180))


def not_built(t):
    raise Skip(f"{t.setting.die_at} is not built")


def dies_at(t, before, event):
    live = t.start_program([t.setting.die_at, "--home", t.home, "--qemu", t.qemu, "--accel", t.accelerator, before, event])
    ended = live.wait()
    equal(ended.status, DEAD, "status of die-at")
    started = [int(pid) for pid in re.findall(rb"pid (\d+)", ended.out)]
    equal(len(started), 0 if event == "launch_failed" or (before, event) == ("defined", "kill_wanted") else 1, "QEMUs")
    t.check_orphans(started)
    check(len(list(t.run_folder.iterdir())) == 1, "the dead one's run directory was not there to be removed")
    t.sweep()


def batch_dies(t, before, after, *options):
    live = t.start_batch("--retries", "0", "-j", "1", "--pool", "0", *options)
    live.stdin.write(t.tasks([shell("head -c 3000000 /dev/urandom > x; sync; echo hi", id="x")]).read_bytes())
    qemu = live.wait_moved(before, after)
    equal(live.kill().status, DEAD, "status")
    t.check_orphans([qemu])
    t.sweep()


for _before, _after in zip(LIFE, LIFE[1:]):
    test(f"a batch killed when its machine goes {_before} -> {_after}")(
        lambda t, b=_before, a=_after: batch_dies(t, b, a))
for _before, _after in (("loading", "booting"), ("booting", "exercising")):
    test(f"a batch without templates killed when its machine goes {_before} -> {_after}")(
        lambda t, b=_before, a=_after: batch_dies(t, b, a, "--no-snapshot"))


@test("a batch killed with machines in many states")
def many(t):
    live = t.start_batch("-j", "4")
    live.stdin.write(t.tasks([shell("sleep 1", id=f"t{n}") for n in range(12)]).read_bytes())
    for _ in range(6):
        live.wait_moved("ready", "running")
    machines = re.findall(rb"\(pid (\d+)\): \w+ -> launching", live.kill().err.encode())
    t.check_orphans(map(int, machines))
    t.sweep()


# --- At random, under load ----------------------------------------------------------------------------------


def random_moment(live, rng):
    """A move of a machine's that was drawn, and a while after it: between any two of mayfly's own steps."""
    live.err.wait_for(lambda log, moves=rng.randrange(MOST_MOVES): log.count(b" -> ") >= moves, "enough moves")
    time.sleep(rng.uniform(0, LONGEST_DELAY))


def crash(t, rng):
    """One round; returns how much was alive or there when mayfly was killed: (QEMUs, groups, BPF programs)."""
    live = t.start_batch("--retries", "0", "-j", "2", "--pool", "2")
    live.say(to_lines(shell("head -c 300000 /dev/urandom > x; sync; echo hi", id=f"t{n}") for n in range(500)))
    random_moment(live, rng)
    live.signal(signal.SIGSTOP)  # only so that what it holds can be read
    programs = bpf_objects.held([live.pid])
    live.kill()
    launched = {int(pid) for pid in re.findall(rb"\(pid (\d+)\): \w+ -> launching", live.err.content)}
    groups = cgroups.made_by([live.pid])
    ended = t.collect_orphans()
    assert_dead(live, ended, launched, programs)
    t.sweep()
    t.assert_nothing_left()
    t.started.clear()  # their pids may be given to others
    return len(ended), len(groups), len(programs)


def assert_dead(live, ended, launched, programs):
    """Before the next mayfly starts: no process, and no BPF program."""
    more = set(ended) - launched
    check(len(more) <= 1, f"other processes were left than {launched}: {ended}")  # one it was just starting
    check(set(ended.values()) <= ORPHAN_ENDS, f"QEMU ended otherwise: {ended}")
    for folder in cgroups.made_by([live.pid]):
        equal(cgroups.members(folder), [], f"processes in {folder}")
    left = bpf_objects.left(programs) if programs else set()
    check(not left, f"BPF programs are left: {left}")


@test(f"SIGKILL at {ROUNDS} random points of a busy batch: nothing lives on, and the next start removes what is left",
      limit=120 + 30 * ROUNDS)
def random_points(t):
    seed = int(os.environ.get("MAYFLY_TEST_SEED", random.randrange(1 << 32)))
    rng = random.Random(seed)
    with told(f"seed {seed}"):
        rounds = [crash(t, rng) for _ in range(ROUNDS)]
    machines, groups, programs = (sum(counts) for counts in zip(*rounds))
    check(machines > 0, f"no QEMU was alive in {rounds}")
    check(groups > 0 or not writable_groups(), f"no cgroup was there in {rounds}")
    print(f"      {ROUNDS} crashes (seed {seed}): there were {machines} QEMUs, {groups} cgroups, {programs} BPF programs, and none "
          "is left", flush=True)


def writable_groups():
    return [each for each in cgroups.hierarchies() if os.access(each.mount, os.W_OK)]


@contextlib.contextmanager
def told(what):
    """Adds to a failure how to repeat it."""
    try:
        yield
    except Failure as failure:
        raise Failure(f"{failure} ({what})") from failure


@test("these tests can fail: a machine that lives, its overlay and its run directory are all seen")
def can_fail(t):
    live = t.start("--log-level", "debug", "run", "--", "sleep", "600")
    qemu = live.wait_moved("ready", "running")
    held = holders_of(t.run_folder)
    check(any(line.startswith(f"{qemu} ") and "deleted" in line for line in held), f"no overlay in {held}")
    equal(len(list(t.run_folder.iterdir())), 1, "run directories")
    os.kill(live.pid, signal.SIGSTOP)
    check(qemu in children_of(live.pid), "QEMU is not seen")
    os.kill(live.pid, signal.SIGCONT)
    live.signal(signal.SIGINT)
    equal(live.wait().status, 130, "status")


@test("a mayfly whose parent dies finishes its work")
def parent_dies(t):
    out = t.folder / "out"
    script = f'"$0" run -- sh -c "echo begun; sleep 1; echo done" > "{out}" &'
    t.start_program(["sh", "-c", script, t.setting.mayfly]).wait()
    t.collect_orphans()
    equal(out.read_bytes(), b"begun\ndone\n", "output")
