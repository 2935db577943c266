# SPDX-License-Identifier: Apache-2.0
"""What mayfly itself makes of a VMM that was captured: its QEMU is `rogue`, which attacks when its task says so."""

import json
import os
import shutil
import subprocess
from pathlib import Path

from harness import Skip, by_id, check, contains, equal, test, to_lines
from test_unjailed import need_root
from victim import MIB

FAILED, INFRA_STATUS = 125, 3  # of a run, and of a batch
MOST_MEMORY = 128 * MIB  # that mayfly may come to hold, whatever a VMM sends it
PASSWD = ("openat", "path=/etc/passwd", "mode=read")


def rogue(t, name="rogue"):
    """A VMM that attacks by its name, see rogue.cc."""
    path = t.folder / name
    if not path.exists():
        shutil.copy(t.setting.mayfly.parent / "tests/hostile/rogue", path)
    return path


def options(t, name="rogue"):
    """It boots no guest that would show whether KVM works."""
    return ("--qemu", rogue(t, name), "--no-snapshot", "--accel", "tcg")


def run(t, *program, name="rogue", more=(), task=()):
    """(the result, how mayfly ended)."""
    meta = t.folder / "meta.json"
    ended = t.mayfly(*options(t, name), *more, "run", "--timeout", "20s", *task, "--meta", meta, "--", *program)
    return json.loads(meta.read_text()), ended


def batch(t, tasks, *more, settings=()):
    ended = t.mayfly(*options(t), *settings, "batch", *more, "-", stdin=to_lines(tasks))
    return by_id(ended.records()), ended


def start_batch(t, *more):
    return t.start("--qemu", rogue(t), "--accel", "tcg", "--log-level", "debug", "batch", *more, "-", stdin=subprocess.PIPE)


def attack(name, **fields):
    return {"id": "attack", "argv": ["attack", name], **fields}


def incidents(t):
    path = t.home / "incidents.ndjson"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def only_incident(t):
    found = incidents(t)
    equal(len(found), 1, f"number of incidents ({found})")
    return found[0]


def mode_of(result):
    """How escapes are watched for here; skips where they are not."""
    if "bpf" not in result["isolation"]:
        raise Skip("there is no monitor here")
    return result["isolation"]["bpf"]


def check_escape(result, said):
    equal((result["verdict"], result["fault"], result["evidence"]), ("escape_detected", "task", "host"), "result")
    contains(result["error"]["message"], said, "message")
    check("exit_code" not in result, "an exit code of a task that escaped")


@test("an attack in the middle of a task: the result, the log and the incidents file say so")
def record(t):
    need_root()
    result, ended = run(t, "attack", "execve_shell")
    mode_of(result)
    check_escape(result, "tried to call execve")
    equal(ended.status, FAILED, "status")
    contains(ended.err, "escape attempt: QEMU tried to call execve", "log")
    incident = only_incident(t)
    fields = ("kind", "syscall_name", "comm", "task", "action")
    equal([incident[field] for field in fields], ["seccomp", "execve", "rogue", "run", "killed"], "incident")
    check(incident["pid"] > 0 and incident["machine"], f"incident {incident}")
    contains(ended.err, f"machine {incident['machine']} of task run", "log")


@test("an attack that is refused in silence is the task's own business")
def silent(t):
    need_root()
    result, ended = run(t, "attack", *PASSWD)
    equal(result["verdict"], "nonzero_exit", f"verdict ({ended.out})")
    contains(ended.out, b"openat: ENOENT", "what the attacker says")
    equal(incidents(t), [], "incidents")


@test("what is let through where files are not watched is seen, with its path, where they are")
def open_file(t):
    need_root()
    result, ended = run(t, "attack", "reopen_pipe")
    if mode_of(result) == "lsm":
        check_escape(result, "tried to open")
        contains(only_incident(t)["path"], "pipe:", "path of the incident")
    else:
        equal((result["verdict"], incidents(t)), ("ok", []), "verdict and incidents")


@test("before the monitor watches: it is an escape all the same")
def early(t):
    need_root()
    result, ended = run(t, "true", name="fake-qemu-early")
    check_escape(result, "SIGSYS")
    incident = only_incident(t)
    equal(incident["kind"], "seccomp", "kind of incident")
    check(incident["pid"] > 0 and "syscall" not in incident, f"incident {incident}")


@test("before its machine has a task: the incident is without one, and the task gets no result of that machine's")
def boot(t):
    need_root()
    result, ended = run(t, "true", name="fake-qemu-boot")
    mode_of(result)
    check(result["verdict"] != "ok", f"verdict {result['verdict']}")
    for incident in incidents(t):
        equal(incident["syscall_name"], "execve", "system call")
    check(incidents(t), "no incident")


@test("in a batch: the incident names task and line, and others go on")
def others(t):
    need_root()
    results, ended = batch(t, [{"id": "a", "argv": ["true"]}, attack("fork"), {"id": "b", "argv": ["true"]}], "-j", "2")
    mode_of(results["a"])
    check_escape(results["attack"], "tried to call fork")
    equal([results[id]["verdict"] for id in "ab"], ["ok", "ok"], "verdicts of the others")
    incident = only_incident(t)
    equal((incident["task"], incident["line"]), ("attack", 2), "task and line of the incident")


@test("--halt-on-escape: nothing is begun after it, and the batch ends with 1")
def halt(t):
    need_root()
    tasks = [attack("execve_shell"), *({"id": f"t{n}", "argv": ["true"]} for n in range(20))]
    results, ended = batch(t, tasks, "-j", "1", "--halt-on-escape")
    equal(ended.status, 1, f"status ({ended.err})")
    check_escape(results["attack"], "QEMU")
    run_after = [id for id, result in results.items() if result["verdict"] == "ok"]
    check(len(run_after) <= 2, f"tasks that were run all the same: {run_after}")


@test("--incident-command gets the record on stdin and in its environment, and is waited for")
def command(t):
    need_root()
    got, seen = t.folder / "record", t.folder / "environment"
    script = f"cat >{got}; env | grep ^MAYFLY_INCIDENT_ >{seen}; echo told >&2"
    results, ended = batch(t, [attack("execve_shell")], settings=("--incident-command", script))
    equal(json.loads(got.read_text()), only_incident(t), "record on stdin")
    contains(ended.err, "told", "stderr")
    environment = dict(line.split("=", 1) for line in seen.read_text().splitlines())
    for name, value in (("KIND", "seccomp"), ("TASK", "attack"), ("LINE", "1")):
        equal(environment[f"MAYFLY_INCIDENT_{name}"], value, name)
    equal(environment["MAYFLY_INCIDENT_MACHINE"], only_incident(t)["machine"], "machine")


@test("a name that a VMM gives itself is shown, and not obeyed: by terminals, by shells, by readers of JSON")
def names(t):
    need_root()
    shown = t.folder / "shown"
    hostile = "\x1b[2J`id`\"'\n"
    program = ["--incident-command", f'eval "echo $MAYFLY_INCIDENT_KIND"; printf %s "$MAYFLY_INCIDENT_COMM" >{shown}']
    tasks = [{"id": "attack", "argv": ["rename-and-attack", hostile, "execve_shell"]}]
    results, ended = batch(t, tasks, settings=program)
    mode_of(results["attack"])
    equal(only_incident(t)["comm"], hostile, "name in the incidents file")
    check("\x1b" not in ended.err and "\x1b" not in shown.read_text(), "a terminal would obey")
    contains(shown.read_text(), "\\x1b[2J`id`", "name in the command's environment")


@test("a process that is called like a QEMU, in another cgroup, is nobody's business")
def another(t):
    need_root()
    program = shutil.copy(t.setting.mayfly.parent / "tests/hostile/attacker", t.folder / "qemu-system-x86_64")
    live = start_batch(t, "-j", "1", "--pool", "1")
    live.ask({"argv": ["true"]})
    live.wait_pool(1)  # a machine that is watched
    ended = t.start_program([program, "execve_shell"]).wait()
    contains(ended.out, b'"outcome":"succeeded"', "what it says")
    check(live.ask(attack("execve_shell"))["verdict"] == "escape_detected", "the monitor does not watch")
    live.say(b"")
    live.wait()
    equal(only_incident(t)["task"], "attack", "task of the only incident")


@test("without a jail the monitor alone sees programs and processes, and kills")
def unjailed(t):
    need_root()
    for name, kind, said in (("execve_shell", "exec", "tried to execute /"), ("fork", "fork", "tried to create a process")):
        before = len(incidents(t))
        result, _ = run(t, "attack", name, more=("--unsafe-no-jail",))
        mode_of(result)
        check_escape(result, said)
        equal([incident["kind"] for incident in incidents(t)[before:]], [kind], "incidents")
    t.collect_orphans()  # the process that was made


# --- What is no escape, and yet no way to treat a host --------------------------------------------------------


def memory_of(pid):
    """The most that a process has held."""
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


def must_go_on(t, *program, verdict):
    """A rogue does that for as long as it is let; mayfly stays small, other tasks have their results meanwhile."""
    live = start_batch(t, "-j", "2")
    live.stdin.write(to_lines([{"id": "rogue", "argv": list(program), "limits": {"timeout_ms": 3000}}]))
    live.wait_moved("ready", "running")
    for n in range(3):
        result = live.ask({"id": f"t{n}", "argv": ["true"]})
        if result["id"] == "rogue":
            result = live.ask({"id": "again", "argv": ["true"]})
        equal(result["verdict"], "ok", f"verdict of {result['id']}")
    files = len(os.listdir(f"/proc/{live.pid}/fd"))
    live.out.wait_for(lambda out: b'"id":"rogue"' in out, "the rogue's result")
    held = memory_of(live.pid)
    live.say(b"")
    ended = live.wait()
    result = by_id(ended.records())["rogue"]
    equal(result["verdict"], verdict, f"verdict of the rogue ({result.get('error')})")
    check(held < MOST_MEMORY, f"mayfly held {held} bytes")
    check(files < 100, f"mayfly had {files} files open")
    equal(incidents(t), [], "incidents")


for channel, proper, garbage in (("qmp", "timeout", "infra_error"), ("agent", "output_exceeded", "infra_error"),
                                 ("console", "timeout", "timeout"), ("stderr", "timeout", "timeout")):
    @test(f"{channel} filled with what may come there: others go on, and mayfly stays small")
    def flood(t, channel=channel, verdict=proper):
        need_root()
        must_go_on(t, "flood", channel, verdict=verdict)

    @test(f"{channel} filled with garbage: others go on, and mayfly stays small")
    def babble(t, channel=channel, verdict=garbage):
        need_root()
        must_go_on(t, "babble", channel, verdict=verdict)


@test("descriptors that come along with bytes do not stay")
def given(t):
    need_root()
    live = start_batch(t, "-j", "1")
    counts = []
    for channel in ("agent", "qmp", "console", "agent", "qmp", "console"):
        equal(live.ask({"argv": ["give", channel, "200"]})["verdict"], "ok", f"verdict of giving by {channel}")
        live.wait_moved("reaping", "released")
        counts.append(len(os.listdir(f"/proc/{live.pid}/fd")))
    live.say(b"")
    live.wait()
    check(max(counts) - min(counts) < 10, f"numbers of open files: {counts}")


@test("bytes out of band: the jail kills who sends them, and without it they are no news to anybody")
def urgent(t):
    need_root()
    for channel in ("agent", "qmp", "console"):
        result, ended = run(t, "urgent", channel, more=("--unsafe-no-jail",))
        equal(result["verdict"], "ok", f"verdict with {channel} ({ended.err})")
    result, _ = run(t, "urgent", "agent")
    check_escape(result, "sendto" if "bpf" in result["isolation"] else "SIGSYS")


@test("a channel that is closed by a VMM that lives on: it does not, then")
def closed(t):
    need_root()
    for channel in ("agent", "qmp"):
        result, _ = run(t, "hang-up", channel)
        equal((result["verdict"], result["error"]["code"]), ("infra_error", "agent_closed"), f"result with {channel}")


@test("what a VMM writes for terminals is shown, and not obeyed")
def painted(t):
    need_root()
    result, ended = run(t, "paint")
    equal(result["verdict"], "infra_error", "verdict")
    check("\x1b" not in ended.err, "a terminal would obey")
    contains(ended.err, "\\x1b[2J", "stderr")
