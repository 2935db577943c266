# SPDX-License-Identifier: Apache-2.0
"""mayfly batch --journal and --resume: what is done is not done again, and nothing is lost."""

import signal

from harness import broken, check, contains, equal, shell, test

TASKS = [shell("cat /proc/sys/kernel/random/boot_id", id=name) for name in ("a", "b", "c")]


def outputs(ended):
    return {r["id"]: r["stdout"] for r in ended.records()}


def fresh(ended):
    """The ids of the tasks that were run now."""
    return sorted(r["id"] for r in ended.records() if "from_journal" not in r)


def first_run(t, tasks=TASKS, *options):
    ended = t.batch(tasks, "--journal", t.folder / "journal", *options)
    return ended, ("--journal", t.folder / "journal", "--resume")


@test("what is in the journal is handed out again, and no machine is made for it")
def resume(t):
    first, again = first_run(t)
    ended = t.batch(["", *reversed(TASKS)], *again, "--log-level", "debug")
    equal((first.status, ended.status), (0, 0), "status")
    equal(outputs(ended), outputs(first), "outputs")
    equal([(r["id"], r["line"], r.get("from_journal")) for r in ended.records()],
          [("c", 2, True), ("b", 3, True), ("a", 4, True)], "records")
    check("machine" not in ended.err, f"a machine was made: {ended.err}")


@test("a task that changed in any way is run again")
def changed(t):
    first, again = first_run(t)
    tasks = [TASKS[0] | {"env": {"A": "B"}}, TASKS[1] | {"limits": {"timeout_ms": 50_000}}, TASKS[2]]
    ended = t.batch(tasks, *again)
    equal(fresh(ended), ["a", "b"], "run again")
    equal(outputs(ended)["c"], outputs(first)["c"], "output of the unchanged one")


@test("a torn last line costs that task, and the journal is whole afterwards")
def torn(t):
    _, again = first_run(t, TASKS, "-j", "1")
    journal = t.folder / "journal"
    journal.write_bytes(journal.read_bytes()[:-25])
    equal(fresh(t.batch(TASKS, *again)), ["c"], "run again")
    equal(fresh(t.batch(TASKS, *again)), [], "run again after that")
    equal(len(journal.read_bytes().splitlines()), 3, "lines of the journal")


@test("infrastructure failures are not remembered as results")
def infra(t):
    qemu = t.program("qemu", "exit 1")
    first, again = first_run(t, TASKS, *broken(qemu), "--retries", "0")
    equal(first.status, 3, "status")
    ended = t.batch(TASKS, *again)
    equal((ended.status, fresh(ended)), (0, ["a", "b", "c"]), "second run")


@test("an existing journal is not overwritten without --resume")
def exists(t):
    first_run(t, [TASKS[0]])
    before = (t.folder / "journal").read_bytes()
    ended = t.batch(TASKS, "--journal", t.folder / "journal")
    equal(ended.status, 2, "status")
    contains(ended.err, "--resume", "stderr")
    check((t.folder / "journal").read_bytes() == before, "the journal was changed")


@test("a journal in use by another mayfly is refused")
def in_use(t):
    _, again = first_run(t, [])
    live = t.start_batch(*again)
    live.stdin.write(b"{\n")
    live.wait_out("spec_error")
    ended = t.batch(TASKS, *again)
    equal(ended.status, 2, "status")
    contains(ended.err, "in use", "stderr")
    live.stdin.close()
    equal(live.wait().status, 0, "status of the first")


@test("a batch killed in the middle goes on where it was")
def killed(t):
    journal = t.folder / "journal"
    tasks = [*TASKS[:2], shell("sleep 5", id="c")]
    live = t.start_batch("--journal", journal, "-j", "1")
    live.stdin.write(t.tasks(tasks).read_bytes())
    live.wait_out('"b"')
    for _ in tasks:
        live.wait_moved("ready", "running")
    done = live.kill()
    t.collect_orphans()
    ended = t.batch(tasks, "--journal", journal, "--resume")
    equal((ended.status, fresh(ended)), (0, ["c"]), "second run")
    equal({name: outputs(ended)[name] for name in ("a", "b")}, outputs(done), "outputs of the first two")


@test("after SIGINT the journal holds what was done")
def interrupted(t):
    journal = t.folder / "journal"
    live = t.start_batch("--journal", journal, "-j", "1")
    live.stdin.write(t.tasks(TASKS).read_bytes())
    live.wait_moved("ready", "running")
    live.signal(signal.SIGINT)
    equal(live.wait().status, 130, "status")
    ended = t.batch(TASKS, "--journal", journal, "--resume")
    equal((ended.status, fresh(ended)), (0, ["b", "c"]), "second run")


@test("two tasks that are the same but for their id are both kept")
def same(t):
    tasks = [{"id": name, "argv": ["echo", "x"]} for name in ("one", "two")]
    _, again = first_run(t, tasks)
    equal(sorted((r["id"], r.get("from_journal")) for r in t.batch(tasks, *again).records()),
          [("one", True), ("two", True)], "records")

