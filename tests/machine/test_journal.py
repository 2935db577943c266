# SPDX-License-Identifier: Apache-2.0
"""mayfly batch --journal and --resume: what is done is not done again, and nothing is lost."""

import hashlib
import json
import os
import signal
import subprocess

from harness import Skip, broken, check, contains, equal, shell, test

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
    equal(len(journal.read_bytes().splitlines()), 4, "lines of the journal")  # with its header


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


def judged(code, *args):
    """A task whose program is judged by a checker with this text."""
    return {"id": "judged", "language": "python", "source": "print(1)",
            "cases": [{"stdin": "", "expected_stdout": "x"}],
            "checker": {"language": "python", "source": f"import sys\nsys.exit({code})\n", "args": list(args)}}


@test("a checker that was mended judges again, and so does one with other arguments")
def checker(t):
    _, again = first_run(t, [judged(1)], "--no-snapshot")
    by_argument = "int(sys.argv[4])"
    for task, verdict in ((judged(0), "ok"), (judged(by_argument, "1"), "wrong_output"), (judged(by_argument, "0"), "ok")):
        (record,) = t.batch([task], *again, "--no-snapshot").records()
        equal((record["verdict"], record.get("from_journal")), (verdict, None), f"record of {task['checker']}")
    (record,) = t.batch([judged(0)], *again).records()
    equal((record["verdict"], record.get("from_journal")), ("ok", True), "record of what was judged before")


def other_kernel(t):
    """One that is the same for all that matters here, with a byte more at its end; what puts the first one back."""
    ours = (t.home / "kernel").resolve()
    folder = t.private_kernel()
    with open(folder / "vmlinux", "ab") as file:
        file.write(b"\n")
    manifest = json.loads((folder / "manifest.json").read_text())
    content = (folder / "vmlinux").read_bytes()
    manifest["vmlinux"] |= {"sha256": hashlib.sha256(content).hexdigest(), "size_bytes": len(content)}
    (folder / "manifest.json").write_text(json.dumps(manifest))

    def back():
        folder.rename(t.home / "other-kernel")
        (t.home / "kernel").symlink_to(ours)

    return back


@test("another time factor, no prestart, or another kernel: run again; the kernel is told and can be waived")
def conditions(t):
    _, again = first_run(t, TASKS[:1], "--no-snapshot")
    for options in (("--time-factor", "2"), ("--no-prestart",)):
        equal(fresh(t.batch(TASKS[:1], *again, "--no-snapshot", *options)), ["a"], f"run again with {options}")
    back = other_kernel(t)
    ended = t.batch(TASKS[:1], *again, "--resume-across-versions")
    equal(fresh(ended), [], "run again across versions")
    contains(ended.err, "3 tasks recorded by another mayfly", "stderr")
    ended = t.batch(TASKS[:1], *again, "--no-snapshot")
    equal(fresh(ended), ["a"], "run again")
    equal(ended.err.count("--resume-across-versions lets them count"), 1, "times that it is said")
    back()
    equal(fresh(t.batch(TASKS[:1], *again)), [], "run again with the first kernel")


@test("a file that is no journal is left as it is")
def no_journal(t):
    for content in ("precious data without newline", '{"id":"a","argv":["true"]}\n{"id":"b"', '{"x":1}\n'):
        path = t.write("precious", content)
        for more in ((), ("--resume",)):
            ended = t.batch(TASKS, "--journal", path, *more)
            equal((ended.status, ended.out), (2, b""), "end")
            contains(ended.err, "is no journal", "stderr")
            equal(path.read_text(), content, "what is in the file")


@test("damaged records are run again, those in an old format too, and mayfly says how many")
def damaged(t):
    _, again = first_run(t, TASKS, "-j", "1")
    journal = t.folder / "journal"
    header, a, b, c = journal.read_bytes().splitlines(keepends=True)
    old = b'{"key":"%s","result":%s}\n' % (b"0" * 64, json.dumps(json.loads(a)["result"]).encode())
    journal.write_bytes(header + a.replace(b'"verdict":"ok"', b'"verdict":"no"') + old + b + old + c)
    ended = t.batch(TASKS, *again)
    equal(fresh(ended), ["a"], "run again")
    contains(ended.err, "1 damaged record left aside", "stderr")
    contains(ended.err, "2 records in another version's format left aside", "stderr")


@test("a journal whose disk is full is given up, and no result is lost")
def full_disk(t):
    place = t.folder / "small"
    place.mkdir()
    unshare = ["unshare", "--mount"] + ([] if os.geteuid() == 0 else ["--user", "--map-root-user"])
    wrapper = [*unshare, "sh", "-c", 'mount -t tmpfs -o size=64k none "$0" && exec "$@"', place]
    if subprocess.run([*wrapper, "true"], check=False, capture_output=True).returncode != 0:
        raise Skip("no file system can be mounted here")
    denied = [{"id": f"d{n}", "argv": ["true"], "permissions": [], "labels": {"x": "x" * 20_000}} for n in range(10)]
    ended = t.batch(denied, "--journal", place / "journal", wrapper=wrapper)
    equal((ended.status, len(ended.records())), (0, 10), "end")
    equal(ended.err.count("goes on without its journal"), 1, "times that it is said")
    contains(ended.err, "No space left", "stderr")


@test("with --results what is handed out again is in files again, wherever they go now")
def results_again(t):
    task = shell("echo out; echo made > made", id="x", artifacts=["made"])
    first_run(t, [task], "--results", t.folder / "first")
    again = ("--journal", t.folder / "journal", "--resume")
    (record,) = t.batch(["", task], *again, "--results", t.folder / "second").records()
    equal((t.folder / "second" / record["stdout_file"]).read_text(), "out\n", "output")
    equal((t.folder / "second" / record["artifacts"][0]["file"]).read_text(), "made\n", "artifact")
    (record,) = t.batch([task], *again).records()
    equal((record["stdout"], record["artifacts"][0]["content"]), ("out\n", "made\n"), "record without --results")


@test("what a terminal obeys is escaped in labels and texts, now and from the journal")
def terminal(t):
    task = {"id": "x", "argv": ["true"], "permissions": [], "labels": {"a\u009b": "b\u007f\u0085"}}
    first, again = first_run(t, [task])
    for ended in (first, t.batch([task], *again)):
        equal([byte for byte in ended.out if byte in (0x7F, 0xC2)], [], "controls in the result line")
        equal(ended.records()[0]["labels"], task["labels"], "labels")
