# SPDX-License-Identifier: Apache-2.0
"""An agent that is not mayfly's: whatever it says, the verdict is right, mayfly stays whole and small, and a task
beside it on an honest machine never notices. The forgeries are in the folder forger, what is right in forgeries.py."""

import fcntl
import json
import shutil
import subprocess
import tempfile
from pathlib import Path

from forged import names, use_forger
from forgeries import ALONE, HUGE, LIMIT_MS, MIB, ONE_LANGUAGE, ROWS, TOGETHER, Right, Row
from harness import check, contains, equal, test, to_lines
from test_escape import memory_of

SMALL = {"memory_bytes": 128 * MIB}
MOST_MACHINE = (128 + 64 + 128 + 256) * MIB  # the task's, the guest's own, QEMU's, for translated code
MOST_CPU_NS = 60e9
GRACE_MS = 2000  # that the host waits for the agent to say that the time is over
SLACK_MS = 3000  # for a busy host
PATIENCE = {"timeout_ms": 600_000}  # an honest task ends well, and nothing is said of when
NEIGHBOUR = "neighbour"
FORGERIES = 10  # to one honest task as many, at most
JOBS = 6


def task_of(row, ident="forged"):
    argv = ["forge", row.forgery if row.place == "exec" else "exit-0"]
    task = {"id": ident, "argv": argv} | row.task
    task["limits"] = SMALL | task.get("limits", {})
    return {name: value for name, value in task.items() if value is not None}


def tasks_of(rows):
    """Each row's, by its place in the list, and honest neighbours among them."""
    for n, row in enumerate(rows):
        yield task_of(row, str(n))
        if n % FORGERIES == 0:
            yield {"id": f"{NEIGHBOUR}-{n}", "image": "base", "argv": ["echo", "hi"], "limits": SMALL | PATIENCE}


def play(t, rows):
    """The records by their ids. mayfly has kept small, and its log is fit for terminals."""
    first = rows[0]
    use_forger(t, f"{first.place} {first.forgery}" if first.place in ("ready", "resume") else "", languages=ONE_LANGUAGE)
    tasks = list(tasks_of(rows))
    live = t.start("batch", "-j", min(len(tasks), JOBS), "--retries", "0", "-", stdin=subprocess.PIPE)
    live.stdin.write(to_lines(tasks))
    live.out.wait_for(lambda out: out.count(b"\n") == len(tasks), "the last result")
    held = memory_of(live.pid)
    live.say(b"")
    ended = live.wait()
    most = max(row.mib for row in rows)
    check(held <= most * MIB, f"mayfly held {held >> 20} MiB")
    check_words(ended.err)
    return {record["id"]: record for record in ended.records()}


class Together:
    """Rows that one mayfly plays in one batch: the first test that is about one of them plays all."""

    def __init__(self, rows):
        self.rows = rows
        self.folder = None

    def open(self, _setting):
        if not self.folder:
            self.folder = Path(tempfile.mkdtemp(prefix="mayfly-forged-"))

    def close(self):
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    def records(self, t):
        kept = self.folder / "records"
        with open(self.folder / "lock", "wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not kept.exists():
                kept.write_text(json.dumps(play(t, self.rows)))
            return json.loads(kept.read_text())


def field(record, path):
    for name in path.split("."):
        record = record[name]
    return record


def check_ending(t, row, record):
    right = Right(*(record[name] for name in ("verdict", "fault", "evidence")), record.get("error", {}).get("code", ""))
    equal(right, row.right, f"ending ({record.get('error')})")
    for path, value in row.record.items():
        equal(field(record, path), value, path)
    if right.evidence == "host":
        check("exit_code" not in record, "an exit code that counts for nothing")
    if right.code == "host_timeout":
        check(record["timing"]["exec_ms"] < LIMIT_MS + GRACE_MS + t.setting.slow(SLACK_MS), f"timing {record['timing']}")
    if right.code == "output_limit":
        (limit,) = row.task["limits"].values()
        equal(len(record["stdout"]) + len(record["stderr"]), limit, "bytes of output")


def check_usage(record):
    """What the host measured is not what the agent says."""
    measured = record["usage"].get("host", {})
    check(measured.get("cpu_ns", 0) < MOST_CPU_NS, f"usage {measured}")
    check(measured.get("memory_peak_bytes", 0) <= MOST_MACHINE, f"usage {measured}")


def check_words(err):
    """Nothing of what an agent says does more to a terminal than to be shown."""
    strange = {character for character in err if not character.isprintable() and character != "\n"}
    check(not strange, f"a terminal would obey {strange}: {err[:500]!r}")
    check("\nmayfly: error: forged" not in err, "a line in mayfly's name")


def check_row(t, row, record):
    check_ending(t, row, record)
    check_usage(record)


def check_neighbours(records):
    neighbours = {ident: record for ident, record in records.items() if ident.startswith(NEIGHBOUR)}
    check(neighbours, "there were none")
    for ident, record in neighbours.items():
        equal((record["verdict"], record.get("stdout")), ("ok", "hi\n"), f"result of {ident}")


def check_alone(t, row):
    records = play(t, [row])
    check_row(t, row, records["0"])
    check_neighbours(records)


def define(_setting):
    """Those that play a batch come first, and the others that are about it last, so that these have nothing to wait for."""
    batches = [Together(rows) for rows in TOGETHER.values()]
    for what, batch in zip(TOGETHER, batches, strict=True):
        test(f"tasks on honest machines beside {what}", needs=(batch,))(
            lambda t, batch=batch: check_neighbours(batch.records(t)))
    for row in ALONE:
        test(row.name())(lambda t, row=row: check_alone(t, row))
    for batch in batches:
        for n, row in enumerate(batch.rows):
            test(row.name(), needs=(batch,))(
                lambda t, batch=batch, n=n, row=row: check_row(t, row, batch.records(t)[str(n)]))


@test("every forgery that there is has its place in the table")
def table(t):
    equal(set(names(t.setting.mayfly.parent)), {row.forgery for row in ROWS}, "names")


@test("impossible figures in an answer to an execute request are no negative ones")
def execute_figures(t):
    use_forger(t)
    ended = t.batch([task_of(Row("huge-usage", None))], "--format", "execute")
    result = ended.records()[-1]
    equal((result["status"], result["execution_time"]), ("success", HUGE), "result")
    check(result["memory_used"] >= HUGE >> 10, f"memory used {result['memory_used']}")


@test("the words of an agent, on the terminal of whoever runs one program")
def terminal(t):
    use_forger(t)
    for arguments in (("--", "forge", "refused-for-terminals"),
                      ("--artifact", "refused-for-terminals", "--", "forge", "exit-0"),
                      ("--file", f"{t.write('x', '')}:refused-for-terminals", "--", "forge", "exit-0")):
        ended = t.mayfly("run", *arguments)
        equal(ended.status, 125, f"status of {arguments}")
        contains(ended.err, "\\x1b[2J", "stderr")
        check_words(ended.err)
