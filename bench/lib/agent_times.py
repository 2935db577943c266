# SPDX-License-Identifier: Apache-2.0
"""The part of bench/agent that runs in the reference host: what is timed there is a record, a line each.

usage: agent_times.py QEMU OUT     below /job: kernel/, image/, guest/initramfs.cpio

Time is virtual there, so a pause costs nothing. Times are nanoseconds of the host's clock, taken around the request and its
last reply: Python's own share and QEMU's are in them.
"""

import json
import re
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests/machine"))

from agent_machine import AgentMachine  # noqa: E402
from checks import equal  # noqa: E402
from harness import Setting  # noqa: E402
from in_memory import read_everything  # noqa: E402

MACHINES = 3  # of each kind of first program
ROUNDS = 20
PAUSE = 0.1  # seconds
MARKS = 4
SIZE = 4096  # bytes of the small file
HERE, FILE = "/work", "/work/file"
MEMORY = {"memory_bytes": 256 << 20, "timeout": 60_000}
SANDBOX = {"directory": HERE, "processes": 64, "open_files": 256, "cpu_ms": 60_000, "stdout_bytes": 1 << 20, "stderr_bytes": 1 << 20}
CONFINED = {"plain": {}, "sandboxed": {"sandbox": SANDBOX}, "fresh": {"sandbox": SANDBOX | {"fresh": True}}}
PROGRAMS = {"static": "answer", "dynamic": "true"}
# As mayfly's machines have it from their kernel's command line.
DO_NOT_WAIT = "echo 1 >/sys/kernel/rcu_expedited"
# Reads the kernel's log up to the words that it adds.
READ_LOG = "echo end of log >/dev/kmsg; while read -r line; do echo \"$line\"; case $line in *'end of log') exit;; esac; done </proc/kmsg"

now = time.monotonic_ns


class TimedMachine(AgentMachine):
    """Knows when the first line came, which is the agent's ready."""

    ready_at = None

    def read(self):
        reply = super().read()
        self.ready_at = self.ready_at or now()
        return reply


def run(machine, program, confined):
    answer = machine.execute(program, **MEMORY, **CONFINED[confined])
    equal(answer.ending(), "exit 0", f"{program}, {confined}")


def timed(action):
    start = now()
    action()
    return now() - start


# --- Its start ----------------------------------------------------------------------------------------------------


def stamp(log, words):
    """When the guest's clock showed what, in nanoseconds: "<6>[    0.123456] words"."""
    return round(float(re.search(rf"\[ *([0-9.]+)\] {re.escape(words)}", log)[1]) * 1e9)


def start_of(machine):
    """From the kernel's "Run /init" to the agent's ready. The first is on the guest's clock, the second on the host's. The
    guest writes into its kernel's log while the host waits for that, so a mark's stamp lies between the two times at
    which the host asked and was answered: that bounds by how much the clocks differ."""
    asked, answered = [], []
    for number in range(MARKS):
        asked.append(now())
        machine.execute("sh", "-c", f"echo mark {number} >/dev/kmsg")
        answered.append(now())
    log = machine.execute("sh", "-c", READ_LOG).out.decode()
    marks = [stamp(log, f"mark {number}") for number in range(MARKS)]
    since_init = machine.ready_at - stamp(log, "Run /init")
    return {"at_most": since_init + min(mark - at for mark, at in zip(marks, asked)),
            "at_least": since_init + max(mark - at for mark, at in zip(marks, answered)),
            "log": [line for line in log.splitlines() if "Run /init" in line or stamp(line, "") > stamp(log, "Run /init")]}


def measure_start(setting, confined, say):
    machine = TimedMachine(setting, image="tiny")
    first = timed(lambda: run(machine, PROGRAMS["static"], confined))
    say("first", f"static {confined}", first)
    say("start", "", **start_of(machine))
    machine.close()


# --- Its requests ---------------------------------------------------------------------------------------------------


def requests(machine):
    """Name: what is to be timed."""
    found = {"ping": lambda: machine.ask("ping"), "put": lambda: machine.put(FILE, "x" * SIZE),
             "get": lambda: equal(len(machine.ask("get", path=FILE, max_bytes=SIZE)["data"]), SIZE, "get")}
    for name, program in PROGRAMS.items():
        for confined in CONFINED:
            found[f"{name} {confined}"] = lambda p=program, c=confined: run(machine, p, c)
    return found


def measure_requests(setting, say):
    machine = TimedMachine(setting, image="tiny")
    equal(machine.execute("sh", "-c", DO_NOT_WAIT).ending(), "exit 0", DO_NOT_WAIT)
    for name, action in requests(machine).items():
        action()  # what happens once is no request's
        for way, pause in (("paused", PAUSE), ("at once", 0)):
            for _ in range(ROUNDS):
                time.sleep(pause)
                say(way, name, timed(action))
    for name, program in PROGRAMS.items():
        answer = machine.execute("spawn-time", "-n", str(ROUNDS), "--", program)
        say("alone", name, **json.loads(answer.out.splitlines()[-1]))
    machine.close()


def main(qemu, out):
    job = read_everything()
    setting = Setting(job / "mayfly", None, qemu, job / "home", accelerator="kvm")
    with open(out, "w") as stream:
        def say(what, name, ns=None, **more):
            print(json.dumps({"what": what, "name": name, **({} if ns is None else {"ns": ns}), **more}), file=stream, flush=True)
        for confined in ("plain", "sandboxed") * MACHINES:
            measure_start(setting, confined, say)
        measure_requests(setting, say)


main(*sys.argv[1:])
