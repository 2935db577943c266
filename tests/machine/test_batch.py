# SPDX-License-Identifier: Apache-2.0
"""mayfly batch: every line gets a result, in which order, how often it is tried, and when the batch gives up."""

import base64
import hashlib
import os
import re
import subprocess

from harness import Skip, broken, by_id, check, contains, equal, shell, test

DENIED = {"argv": ["true"], "permissions": []}  # has a result without a machine


def codes(records):
    return [(r.get("id"), r["verdict"], r["attempts"]) for r in records]


@test("results come as tasks end, or in the order of the input with --keep-order")
def order(t):
    tasks = [{"id": "slow", "argv": ["echo", "hi"]}, {"id": "quick"} | DENIED]
    equal([r["id"] for r in t.batch(tasks, "-j", "2").records()], ["quick", "slow"], "order")
    equal([r["id"] for r in t.batch(tasks, "-j", "2", "--keep-order").records()], ["slow", "quick"], "kept order")


@test("a task's record: outputs, stdin, environment, directory, files, artifacts, labels")
def record(t):
    blob = bytes(range(256))
    task = shell('cat; echo "$A in $PWD"; cat in/blob; cp in/blob out; echo end >&2; exit 4', id="all.of-it_1",
                 stdin="from stdin\n", env={"A": "B"}, cwd="/a/place", artifacts=["out", "/etc/os-release", "none"],
                 files=[{"path": "in/blob", "base64": base64.b64encode(blob).decode(), "mode": "0600"}],
                 labels={"n": 1, "deep": {"list": [1, "zwei", None]}})
    ended = t.batch([task])
    equal(ended.status, 0, "status: a task's own failure is not the batch's")
    (found,) = ended.records()
    equal((found["id"], found["line"], found["verdict"], found["exit_code"]), ("all.of-it_1", 1, "nonzero_exit", 4))
    equal(base64.b64decode(found["stdout_base64"]), b"from stdin\nB in /a/place\n" + blob, "stdout")
    equal((found["stderr"], found["labels"]), ("end\n", task["labels"]), "stderr and labels")
    out, release, none = found["artifacts"]
    equal((out["path"], out["size"], base64.b64decode(out["base64"])), ("out", 256, blob), "artifact")
    equal(none["path"], "none", "missing artifact")
    contains(none["error"], "No such file", "missing artifact")


@test("a request of the guest channel is a task as it stands")
def channel_request(t):
    task = {"cmd": "exec", "bin": "sh", "args": ["-c", "echo $X; pwd"], "env": {"X": "y"}, "cwd": "/tmp", "timeout": 30000}
    (found,) = t.batch([task]).records()
    equal((found["verdict"], found["stdout"], found["id"]), ("ok", "y\n/tmp\n", "line-1"), "record")


@test("50 tasks, 4 at a time: 50 results, and nothing is left")
def fifty(t):
    ended = t.batch([{"id": f"t{n}", "argv": ["true"]} for n in range(50)], "-j", "4")
    equal(ended.status, 0, "status")
    found = by_id(ended.records())
    equal(sorted(found), sorted(f"t{n}" for n in range(50)), "ids")
    equal({r["verdict"] for r in found.values()}, {"ok"}, "verdicts")
    equal(ended.err, "", "stderr")


@test("on a terminal there is progress and a summary, else neither")
def progress(t):
    ours, theirs = os.openpty()
    live = t.start("batch", "-", stdin=subprocess.PIPE, stderr=theirs)
    os.close(theirs)
    live.say(t.tasks([DENIED, "{"]).read_bytes())
    equal(live.wait().status, 0, "status")
    shown = os.read(ours, 65536).decode()
    os.close(ours)
    contains(shown, "2 results: 1 policy_rejected, 1 spec_error", "terminal")


@test("tasks do not see each other")
def apart(t):
    script = "ls /work /tmp; touch /work/x /tmp/x; cat /proc/sys/kernel/random/boot_id /proc/sys/kernel/hostname"
    found = t.batch([shell(script, id=name) for name in ("a", "b")], "-j", "1").records()
    lines = [r["stdout"].splitlines() for r in found]
    equal([line[:-2] for line in lines], [["/tmp:", "", "/work:"]] * 2, "what was there")
    check(lines[0][-2] != lines[1][-2], "both ran in the same boot")
    names = [line[-1] for line in lines]
    check(all(re.fullmatch(r"m-[0-9a-f]{8}", name) for name in names) and names[0] != names[1], f"machines {names}")


@test("an unknown image is a spec_error of its task; the others run")
def unknown_image(t):
    ended = t.batch([{"id": "bad", "image": "nonesuch", "argv": ["true"]}, {"id": "good", "argv": ["true"]}])
    found = by_id(ended.records())
    equal((ended.status, found["bad"]["verdict"], found["good"]["verdict"]), (0, "spec_error", "ok"), "end")
    contains(found["bad"]["error"]["message"], "nonesuch", "message")


@test("a machine that fails is tried again, as often as --retries says")
def retries(t):
    if t.accelerator == "kvm":
        raise Skip("whether KVM works would be asked first, and meet the failure")
    once = t.program("fails-once", f'mkdir "{t.folder}/tried" 2>/dev/null && exit 1\nexec "{t.qemu}" "$@"')
    ended = t.batch([{"id": "x", "argv": ["echo", "hi"], "stdin": "again"}], "--pool", "0", "--no-snapshot", *broken(once))
    equal((ended.status, codes(ended.records())), (0, [("x", "ok", 2)]), "with one retry")
    always = t.program("fails", "exit 1")
    for retries_, attempts in (("0", 1), ("2", 3)):
        ended = t.batch([{"id": "x", "argv": ["true"]}], "--retries", retries_, *broken(always))
        equal((ended.status, codes(ended.records())), (3, [("x", "infra_error", attempts)]), f"--retries {retries_}")


@test("a task's own failure is not tried again")
def no_retry(t):
    tasks = [shell("exit 1", id="exit"), shell("kill -9 $$", id="signal"), {"id": "none", "argv": ["/none"]}]
    found = t.batch(tasks, "--retries", "5").records()
    equal(sorted(codes(found)), [("exit", "nonzero_exit", 1), ("none", "nonzero_exit", 1), ("signal", "signalled", 1)])


@test("--fail-on makes the batch fail with 1, and lets it go on")
def fail_on(t):
    tasks = [shell("exit 1"), {"argv": ["true"]}]
    ended = t.batch(tasks, "--fail-on", "timeout,nonzero_exit", "-j", "1")
    equal((ended.status, len(ended.records())), (1, 2), "met")
    ended = t.batch([DENIED], "--fail-on", "timeout,spec_error")
    equal(ended.status, 0, "not met")
    equal(t.batch(["{"], "--fail-on=spec_error").status, 1, "met by a line that is no task")


@test("--halt soon lets running tasks end and starts no more")
def halt_soon(t):
    tasks = [{"id": "runs", "argv": ["true"]}, {"id": "fails"} | DENIED, {"id": "never", "argv": ["true"]}]
    ended = t.batch(tasks, "-j", "2", "--halt", "soon,fail=1")
    equal(ended.status, 1, "status")
    equal(codes(ended.records()), [("fails", "policy_rejected", 1), ("runs", "ok", 1)], "results")


@test("--halt now cancels running tasks")
def halt_now(t):
    tasks = [shell("sleep 600", id="runs"), {"id": "fails"} | DENIED, {"id": "never", "argv": ["true"]}]
    ended = t.batch(tasks, "-j", "2", "--halt", "now,fail=1")
    equal(ended.status, 1, "status")
    equal(codes(ended.records()), [("fails", "policy_rejected", 1), ("runs", "cancelled", 1)], "results")


@test("--halt with --keep-order still hands out what is done")
def halt_keep_order(t):
    tasks = [{"id": "runs", "argv": ["true"]}, {"id": "fails"} | DENIED, {"id": "never", "argv": ["true"]}]
    ended = t.batch(tasks, "-j", "2", "--keep-order", "--halt", "soon,fail=1")
    equal(codes(ended.records()), [("runs", "ok", 1), ("fails", "policy_rejected", 1)], "results")


@test("--halt by share waits for ten results")
def halt_share(t):
    ended = t.batch([DENIED] * 30, "-j", "1", "--halt", "soon,fail=50%")
    equal((ended.status, len(ended.records())), (1, 10), "end")


@test("--halt on infrastructure failures counts only those")
def halt_infra(t):
    qemu = t.program("fails", "exit 1")
    tasks = [DENIED, {"argv": ["true"]}, {"argv": ["true"]}, {"argv": ["true"]}]
    ended = t.batch(tasks, "-j", "1", "--retries", "0", "--halt", "soon,infra=2", *broken(qemu))
    equal(ended.status, 1, "status")
    equal([r["verdict"] for r in ended.records()], ["policy_rejected", "infra_error", "infra_error"], "verdicts")


@test("--shard splits the lines, all of them and each once")
def shard(t):
    tasks = [DENIED, "", DENIED, "{", DENIED, DENIED, DENIED]
    for part, lines in (("1/3", [1, 4, 7]), ("2/3", [5]), ("3/3", [3, 6]), ("1/1", [1, 3, 4, 5, 6, 7]), ("9/9", [])):
        ended = t.batch(tasks, "--shard", part)
        equal(sorted(r["line"] for r in ended.records()), lines, f"lines of {part}")


@test("an input without a line is a batch without a result")
def empty(t):
    for content in (b"", b"\n", b" \n\n\t\r\n"):
        ended = t.mayfly("batch", "-", stdin=content)
        equal((ended.status, ended.out), (0, b""), f"end of {content}")


@test("a batch from a file, with results in a file")
def files(t):
    tasks = t.tasks([{"id": f"t{n}", "argv": ["echo", str(n)]} for n in range(3)])
    out = t.folder / "results"
    with open(out, "wb") as file:
        equal(t.mayfly("batch", tasks, stdout=file).status, 0, "status")
    digest = hashlib.sha256(b"".join(sorted(line.encode() for line in out.read_text().splitlines()))).hexdigest()
    equal(len(out.read_text().splitlines()), 3, f"results (digest {digest})")


@test("the smallest machine, and limits of the command line as defaults")
def limits(t):
    tasks = [{"id": "small", "argv": ["echo", "hi"]}, {"id": "own", "argv": ["yes"], "limits": {"output_bytes": 10}},
             {"id": "default", "argv": ["yes"]}]
    found = by_id(t.batch(tasks, "--memory", "64M", "--output-limit", "1000").records())
    equal(found["small"]["verdict"], "ok", "verdict in the smallest machine")
    for name, size in (("own", 10), ("default", 1000)):
        equal((found[name]["verdict"], len(found[name]["stdout"]), found[name]["truncated"]),
              ("output_exceeded", size, True), name)


def file_of(folder, record, name):
    """What a record says is in a file below `folder`."""
    path = (folder / record[name]).resolve()
    check(path.is_relative_to(folder.resolve()), f"{name} is at {path}")
    return path.read_bytes()


@test("--results: outputs and artifacts as files, whatever the names, and the records are short")
def results(t):
    names = ["plain", "..up", "deep/er/name", "deep", "sp ace\nü", "x" * 200, "/etc/os-release", "none"]
    script = 'mkdir -p deep/er; for n in plain deep/er/name "$L"; do echo "$n" > "$n"; done; echo out; echo err >&2'
    folder = t.folder / "results"
    task = shell(script, id="a", env={"L": "x" * 200}, artifacts=names)
    (found,) = t.batch([task], "--results", folder).records()
    check("stdout" not in found and "stderr" not in found, f"the record holds the output: {found}")
    equal((file_of(folder, found, "stdout_file"), file_of(folder, found, "stderr_file")), (b"out\n", b"err\n"), "outputs")
    artifacts = {a["path"]: a for a in found["artifacts"]}
    equal(list(artifacts), names, "artifacts")
    for name in ("plain", "deep/er/name", "x" * 200):
        equal(file_of(folder, artifacts[name], "file"), f"{name}\n".encode(), f"artifact {name}")
    equal(file_of(folder, artifacts["/etc/os-release"], "file") != b"", True, "artifact with an absolute path")
    for name in ("deep", "none"):
        check(artifacts[name].get("error"), f"artifact {name} is no file: {artifacts[name]}")
    check({path.name for path in t.folder.iterdir()} <= {"home", "results"}, "something was written elsewhere")


@test("--results with a journal: what is handed out again can be read again")
def results_and_journal(t):
    folder, journal = t.folder / "results", t.folder / "journal"
    tasks = [shell(f"echo {name}", id=name) for name in ("a", "b")]
    t.batch(tasks, "--results", folder, "--journal", journal)
    for record in t.batch(["", *tasks], "--results", folder, "--journal", journal, "--resume").records():
        equal(record["from_journal"], True, "from_journal")
        out = record["stdout"].encode() if "stdout" in record else file_of(folder, record, "stdout_file")
        equal(out, f"{record['id']}\n".encode(), "output")


@test("--results where nothing can be written: the results are in the records")
def results_full(t):
    folder = t.folder / "results"
    folder.mkdir()
    (folder / "1-a").write_text("in the way")
    ended = t.batch([shell("echo out", id="a")], "--results", folder)
    (found,) = ended.records()
    equal((found["verdict"], found.get("stdout")), ("ok", "out\n"), "record")
    contains(ended.err, "1-a", "stderr")
    equal(t.batch([DENIED], "--results", "/proc/nowhere").status, 2, "status where the folder cannot be made")
