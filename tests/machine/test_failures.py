# SPDX-License-Identifier: Apache-2.0
"""QEMU that is missing, dies, lies or hangs on: an infrastructure failure, never the program's."""

import contextlib
import os
import signal
from pathlib import Path

from harness import broken, by_id, check, children_of, contains, equal, shell, test, unjailed

REMEDY = "hint: "


def infra(record, code, attempts=1):
    found = {name: record.get(name) for name in ("verdict", "fault", "retryable", "attempts")}
    wanted = {"verdict": "infra_error", "fault": "infra", "retryable": True, "attempts": attempts}
    equal(found, wanted, f"record {record}")
    equal(record["error"]["code"], code, f"ending ({record['error']['message']})")


@test("QEMU missing: 69 or 125, with a remedy")
def missing(t):
    for env, options in (({}, ("--qemu", "/no/such/qemu")), ({"PATH": "/nowhere"}, ())):
        for status, arguments in ((69, ("batch", "-")), (125, ("run", "--", "true"))):
            ended = t.mayfly(*options, *arguments, stdin=b'{"argv":["true"]}\n', env=env)
            equal((ended.status, ended.out), (status, b""), f"end of {arguments}")
            contains(ended.err, "apt-get install qemu", "stderr")
            contains(ended.err, REMEDY, "stderr")


@test("QEMU killed in mid-task is the infrastructure's fault")
def killed(t):
    live = t.start_batch("--retries", "0")
    live.say(t.tasks([shell("echo begun; sleep 600", id="x")]).read_bytes())
    os.kill(live.wait_moved("ready", "running"), signal.SIGKILL)
    ended = live.wait()
    equal(ended.status, 3, "status")
    (record,) = ended.records()
    infra(record, "vmm_signalled")
    contains(record["error"]["message"], "SIGKILL", "message")
    check("exit_code" not in record and "signal" not in record, "the program has an exit code")


@test("QEMU killed in mid-task: another machine takes the task")
def killed_and_retried(t):
    live = t.start_batch("--retries", "1")
    live.say(t.tasks([shell("sleep 5; cat", id="x", stdin="done\n")]).read_bytes())
    os.kill(live.wait_moved("ready", "running"), signal.SIGKILL)
    ended = live.wait()
    (record,) = ended.records()
    equal((ended.status, record["verdict"], record["attempts"], record["stdout"]), (0, "ok", 2, "done\n"), "end")


@test("QEMU killed while it boots")
def killed_booting(t):
    live = t.start_batch("--retries", "0", "--no-snapshot", "--pool", "0")
    live.say(t.tasks([shell("sleep 600")]).read_bytes())
    os.kill(live.wait_moved("loading", "booting"), signal.SIGTERM)
    ended = live.wait()
    equal(ended.status, 3, "status")
    (record,) = ended.records()
    check(record["error"]["code"] in ("vmm_signalled", "vmm_exited", "guest_shutdown"), f"record {record}")
    infra(record, record["error"]["code"])


@test("QEMU killed in mid-task of run is 125, and what was printed is kept")
def killed_run(t):
    live = t.start("--log-level", "debug", "run", "--", "sh", "-c", "echo begun; sleep 600")
    pid = live.wait_moved("ready", "running")
    live.wait_out("begun\n")
    os.kill(pid, signal.SIGKILL)
    ended = live.wait()
    equal((ended.status, ended.out), (125, b"begun\n"), "end")
    contains(ended.err, "SIGKILL", "stderr")


@test("QEMU dead of SIGSYS is an escape attempt, whatever else is known")
def sigsys(t):
    # In the jail QEMU is its namespace's init, to whom the kernel does not send such signals from outside.
    live = t.start_batch("--retries", "3", "--unsafe-no-jail")
    live.say(t.tasks([shell("sleep 600", id="x")]).read_bytes())
    os.kill(live.wait_moved("ready", "running"), signal.SIGSYS)
    (record,) = live.wait().records()
    equal((record["verdict"], record["error"]["code"], record["attempts"]), ("escape_detected", "vmm_sigsys", 1))


@test("QEMU that stops for ever is given up at the task's time-out")
def stopped(t):
    live = t.start_batch("--retries", "0")
    live.say(t.tasks([shell("sleep 600", id="x", limits={"timeout_ms": 1000})]).read_bytes())
    os.kill(live.wait_moved("ready", "running"), signal.SIGSTOP)
    (record,) = live.wait().records()
    equal((record["verdict"], record["evidence"], record["error"]["code"]), ("timeout", "host", "host_timeout"))


def with_broken_qemu(t, body):
    ended = t.batch([{"id": "x", "argv": ["true"]}], "--retries", "0", *broken(t.program("qemu", body)))
    equal(ended.status, 3, "status")
    (record,) = ended.records()
    return record


@test("QEMU that exits at once: its status and its words are in the record")
def exits(t):
    record = with_broken_qemu(t, "echo cannot go on >&2; exit 3")
    infra(record, "vmm_exited")
    contains(record["error"]["message"], "status 3", "message")
    contains(record["error"]["message"], "cannot go on", "message")


@test("QEMU that writes without end to stderr and dies")
def noisy(t):
    record = with_broken_qemu(t, "head -c 50000000 /dev/zero | tr '\\0' '[' >&2; printf '\\033[2Jlast words' >&2; exit 3")
    infra(record, "vmm_exited")
    message = record["error"]["message"]
    contains(message, "last words", "message")
    check(len(message) < 20_000 and "\x1b" not in message, f"a message of {len(message)} bytes, or with an escape")


GREET = """
for word; do case $word in socket,id=qmp,fd=*) qmp=${word#*fd=};; esac; done
say() { printf "$@" >&"$qmp"; }
"""


@test("QEMU that speaks garbage on QMP")
def garbage(t):
    for what in ("say 'garbage\\n'", "head -c 100000 /dev/urandom >&$qmp; say '\\n'", "say '{}\\n'",
                 "head -c 3000000 /dev/zero | tr '\\0' '[' >&$qmp", "say '{\"return\": {}, \"id\": 77}\\n'"):
        infra(with_broken_qemu(t, f"{GREET}\n{what}\nexec sleep 600"), "qmp_failed")
    t.collect_orphans()  # the script's own, which may be stuck until mayfly is gone


@test("QEMU that refuses its first command")
def refuses(t):
    answer = "say '{\"id\": %s, \"error\": {\"class\": \"GenericError\", \"desc\": \"no such thing\"}}\\n' \"$id\""
    body = f"""{GREET}
say '{{"QMP": {{}}}}\\n'
read -r line <&"$qmp"
id=${{line##*\\"id\\":}}; id=${{id%%[!0-9]*}}
{answer}
exec sleep 600"""
    record = with_broken_qemu(t, body)
    infra(record, "qmp_failed")
    contains(record["error"]["message"], "no such thing", "message")


@test("QEMU that closes its channels and lives on")
def closes(t):
    record = with_broken_qemu(t, f"{GREET}\nexec {{qmp}}>&-\nexec sleep 600")
    infra(record, "agent_closed")


@test("a process that QEMU's wrapper leaves behind does not keep the task waiting")
def helper_outlives(t):
    wrapper = t.program("wrapper", f'sleep 600 &\necho $! > "{t.folder}/helper"\nexec "{t.qemu}" "$@"')
    live = t.start("run", "--no-snapshot", *unjailed(wrapper), "--", "echo", "hi")
    try:
        ended = live.wait()
    finally:
        with contextlib.suppress(ProcessLookupError):  # where there is a cgroup, it was killed with it
            os.kill(int((t.folder / "helper").read_text()), signal.SIGKILL)
    equal((ended.status, ended.out), (0, b"hi\n"), "end")
    t.collect_orphans()
    equal(t.run("true").status, 0, "status of the next mayfly, which removes the helper's cgroup")


@test("whatever happens to its QEMUs and when, a batch gives each task one result, and goes on")
def chaos(t):
    count = 24
    t.private_templates(copied=True)  # one whose machines die is thrown away
    live = t.start_batch("-j", "4", "--retries", "3")
    live.say(t.tasks([shell("head -c 100000 /dev/zero | wc -c", id=f"t{n}") for n in range(count)]).read_bytes())
    for n in range(1, 70):  # every third change of state is the last of its machine
        pid = live.wait_moved(r"\w+", r"(?!killing|reaping|released)\w+")
        if n % 3 == 0:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, (signal.SIGKILL, signal.SIGTERM, signal.SIGABRT)[n % 9 // 3])
    ended = live.wait()
    found = by_id(ended.records())
    equal(len(found), count, "results")
    for record in found.values():
        if record["verdict"] == "ok":
            equal(record["stdout"], "100000\n", "output")
        else:
            equal((record["verdict"], record["attempts"]), ("infra_error", 4), f"record {record}")
    check(any(r["attempts"] > 1 for r in found.values()), "nothing was ever tried again: the test shows nothing")


@test("hundreds of machines, good and failed, leave no descriptor and no zombie in mayfly")
def no_leaks(t):
    fails = t.folder / "fails"
    qemu = t.program("qemu", f'[ ! -e "{fails}" ] || exit 1\nexec "{t.qemu}" "$@"')
    live = t.start_batch("--retries", "0", "-j", "2", "--pool", "0", "--no-snapshot", *unjailed(qemu))

    def run_tasks(count):
        seen = live.out.content.count(b"\n")
        live.stdin.write(t.tasks([{"argv": ["true"], "id": f"t{n}"} for n in range(count)]).read_bytes())
        live.out.wait_for(lambda content: content.count(b"\n") == seen + count, "results")
        return sorted(os.readlink(fd) for fd in Path(f"/proc/{live.pid}/fd").iterdir())

    first = run_tasks(8)
    fails.touch()
    run_tasks(400)
    fails.unlink()
    last = run_tasks(8)
    equal((last, children_of(live.pid)), (first, []), "descriptors and children")
    live.stdin.close()
    ended = live.wait()
    good = ended.records()[:8] + ended.records()[-8:]
    equal([(r["verdict"], r["error"] if "error" in r else None) for r in good], [("ok", None)] * 16, "the good ones")


@test("a file that is no program, and one that vanishes")
def no_program(t):
    ended = t.batch([{"id": "x", "argv": ["true"]}], "--retries", "0", *broken(t.write("text", "not a program\n", 0o755)))
    infra(ended.records()[0], "launch_failed")
    contains(ended.records()[0]["error"]["message"], "Exec format error", "message")
    qemu = t.program("qemu", f'exec "{t.qemu}" "$@"')
    live = t.start_batch("--retries", "0", "-j", "1", "--pool", "0", "--no-snapshot", *unjailed(qemu))
    live.stdin.write(b'{"id":"there","argv":["true"]}\n')
    live.wait_out('"there"')
    qemu.unlink()
    live.stdin.write(b'{"id":"gone","argv":["true"]}\n')
    live.stdin.close()
    ended = live.wait()
    there, gone = ended.records()
    equal((ended.status, there["verdict"]), (3, "ok"), "end")
    infra(gone, "launch_failed")
    contains(gone["error"]["message"], "No such file", "message")
