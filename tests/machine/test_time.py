# SPDX-License-Identifier: Apache-2.0
"""Whose time it is: neither the host's load nor a stall of mayfly bends a verdict."""

import contextlib
import os
import signal
import subprocess
import sys
import time

from harness import Skip, by_id, check, equal, shell, test

BUSY = 8
STALL = 6  # seconds
MS = 1_000_000
LOOP = "for i in range({}): pass"


@contextlib.contextmanager
def load(processes):
    """Others who want the processors, each in a session of its own, as schedulers share by session."""
    others = [subprocess.Popen([sys.executable, "-c", "while True: pass"], start_new_session=True) for _ in range(processes)]
    try:
        yield
    finally:
        for other in others:
            other.kill()
            other.wait()


# --- Load ---------------------------------------------------------------------------------------------------


def python(rounds, **fields):
    return {"argv": ["python3", "-c", LOOP.format(rounds)], **fields}


def rounds_of(t, milliseconds):
    """How many rounds take so long here, of processor time."""
    first = 200_000
    (record,) = t.batch([python(first, limits={"timeout_ms": 600_000})], "--retries", "0").records()
    used = record["usage"]["host"]["program_cpu_ns"] / MS
    (record,) = t.batch([python(first * 2, limits={"timeout_ms": 600_000})], "--retries", "0").records()
    each = (record["usage"]["host"]["program_cpu_ns"] / MS - used) / first
    return max(round((milliseconds - used) / max(each, 1e-6)) + first, 1)


def compiled(lines, **limits):
    """A text of so many lines whose compiler works for a while, and whose program does not."""
    text = "\n".join(f"int f{n}(int x) {{ for (int i = 0; i < x; i++) x ^= i * {n}; return x; }}" for n in range(lines))
    return {"language": "c", "source": text + "\nint main(void) { return 0; }\n", "limits": limits}


# Programs that wait more than they work: for the disk, and for the clock. Several threads of the machine take turns in it.
SYNCS = "import os\nfile = os.open('file', os.O_CREAT | os.O_RDWR)\nfor i in range(100): os.pwrite(file, bytes(4096), 0), os.fsync(file)"
NAPS = "import time\nfor i in range(200): time.sleep(0.002)"


def waiting(t, text):
    """One of those at 60 % of its limit."""
    task = {"argv": ["python3", "-c", text]}
    (record,) = t.batch([task | {"limits": {"timeout_ms": 600_000}}], "--retries", "0").records()
    took = record["timing"]["exec_ms"] - record["timing"]["starved_ms"]
    return task | {"limits": {"timeout_ms": round(took / 0.6)}}


def near_limits(t, rounds):
    """Tasks at 60 % of a limit, and those that are over one: {id: (task, verdict)}."""
    patient = {"timeout_ms": 600_000, "compile_ms": 600_000}
    run, compilation = t.batch([python(rounds, limits=patient), compiled(200, **patient)], "-j", "1", "--retries", "0").records()
    used = run["usage"]["host"]["program_cpu_ns"] / MS
    compiling = compilation["compile"]["program_cpu_ns"] / MS
    below, above = round(used / 0.6), round(used / 1.8)
    return {
        "compile-below": (compiled(200, compile_ms=round(compiling / 0.6)), "ok"),
        "compile-above": (compiled(200, compile_ms=round(compiling / 1.8)), "compile_error"),
        "wall-below": (python(rounds, limits={"timeout_ms": below}), "ok"),
        "cpu-below": (python(rounds, limits={"timeout_ms": 600_000, "cpu_ms": below}), "ok"),
        "both-below": (python(rounds, limits={"timeout_ms": below, "cpu_ms": below}), "ok"),
        "cpu-above": (python(rounds, limits={"timeout_ms": 600_000, "cpu_ms": above}), "cpu_exceeded"),
        "wall-above": (python(rounds, limits={"timeout_ms": above}), "timeout"),
        "disk-below": (waiting(t, SYNCS), "ok"),
        "naps-below": (waiting(t, NAPS), "ok"),
        "sleep-below": (shell("sleep 1", limits={"timeout_ms": 2500}), "ok"),
        "sleep-above": (shell("sleep 60", limits={"timeout_ms": 1000}), "timeout"),
    }


def check_verdicts(t, tasks, what):
    records = by_id(t.batch([{"id": name, **task} for name, (task, _) in tasks.items()], "-j", "1", "--retries", "3").records())
    wrong = {name: (record["verdict"], record.get("error")) for name, record in records.items() if record["verdict"] != tasks[name][1]}
    equal((len(records), wrong), (len(tasks), {}), what)
    return records


def check_beside_load(t, milliseconds, times):
    tasks = near_limits(t, rounds_of(t, milliseconds))
    for _ in range(times):
        check_verdicts(t, tasks, "verdicts without load")
        with load(BUSY):
            records = check_verdicts(t, tasks, "verdicts beside load")
        timing = records["cpu-below"]["timing"]
        check(timing["starved_ms"] > 0.2 * timing["exec_ms"], f"beside {BUSY} busy processes it waited {timing}")


@test("tasks near their limits have the same verdicts beside 8 busy processes as without, and the record says what they waited", limit=600)
def beside_load(t):
    check_beside_load(t, 900, 1)


@test("77 tasks near their limits have the same verdicts beside 8 busy processes as without", limit=3600)
def many_beside_load(t):
    check_beside_load(t, 2000, 7)


# --- Stalls -------------------------------------------------------------------------------------------------


def stalled(t, with_qemu):
    """The record of a program of a second whose mayfly is stopped for longer than its limit, and maybe QEMU, too."""
    live = t.start_batch("-j", "1", "--retries", "0")
    live.say(t.tasks([shell("for i in 1 2 3 4 5; do echo $i; sleep 0.2; done", id="x", limits={"timeout_ms": 4000})]).read_bytes())
    pids = [live.pid, *([live.wait_moved("ready", "running")] if with_qemu else [])]
    if not with_qemu:
        live.wait_moved("ready", "running")
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    time.sleep(STALL)  # what is tested is that time passes
    for pid in reversed(pids):
        os.kill(pid, signal.SIGCONT)
    (record,) = live.wait().records()
    return record


@test("a mayfly that is stopped for longer than a task's limit blames nobody; nor one that is frozen with its machines")
def stops(t):
    for with_qemu in (False, True):
        record = stalled(t, with_qemu)
        equal((record["verdict"], record.get("stdout")), ("ok", "1\n2\n3\n4\n5\n"), f"record; QEMU stopped, too: {with_qemu}")


@test("a program that is over its time is so in a stalled mayfly, too")
def stops_over_limit(t):
    live = t.start_batch("-j", "1", "--retries", "0")
    live.say(t.tasks([shell("while :; do :; done", id="x", limits={"timeout_ms": 2000})]).read_bytes())
    live.wait_moved("ready", "running")
    os.kill(live.pid, signal.SIGSTOP)
    time.sleep(STALL)
    os.kill(live.pid, signal.SIGCONT)
    (record,) = live.wait().records()
    equal((record["verdict"], record["evidence"], record["error"]["code"]), ("timeout", "host", "host_timeout"))


# --- The factor ---------------------------------------------------------------------------------------------


@test("the time factor of an emulated host is measured once, kept, and in the record; a number overrides it", limit=360)
def factor(t):
    if t.accelerator != "tcg":
        raise Skip("it is 1 under KVM")
    auto = {"MAYFLY_TIME_FACTOR": "auto"}
    task = [{"id": "x", "argv": ["true"]}]
    first, again = (t.batch(task, env=auto).records()[0]["isolation"]["time_factor"] for _ in range(2))
    check(1 <= first <= 100 and first == round(first), f"factor {first}")
    equal(again, first, "factor of the second time")
    check((t.home / "cache/time-factor.json").exists(), "it is not kept")
    equal(t.batch(task, "--time-factor", "2.5").records()[0]["isolation"]["time_factor"], 2.5, "factor that is told")
    equal(t.batch(task).records()[0]["isolation"]["time_factor"], 1, "factor that the environment says")
    equal(t.mayfly("--time-factor", "many", "doctor").status, 2, "status of a factor that is none")
