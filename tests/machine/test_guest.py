# SPDX-License-Identifier: Apache-2.0
"""Hostile guests: what a program does to its machine is never taken for a success, and harms nobody else.

The attackers are in tests/hostile/guest. Programs are root in their machine, so they can do all this.
"""

from pathlib import Path

from harness import by_id, check, contains, equal, shell, test

HOSTILE = Path(__file__).resolve().parents[1] / "hostile/guest"
MIB = 1 << 20


def attack(name, *arguments, ident="attack", **limits):
    return {"id": ident, "argv": ["python3", "attack.py", *arguments], "limits": limits,
            "files": [{"path": "attack.py", "content": (HOSTILE / f"{name}.py").read_text()}]}


def result_of(t, task):
    """The record of the attack, after which the same mayfly runs an ordinary task."""
    ended = t.batch([task, {"id": "after", "argv": ["echo", "hi"]}], "-j", "1", "--retries", "0")
    found = by_id(ended.records())
    equal((found["after"]["verdict"], found["after"]["stdout"]), ("ok", "hi\n"), "the task after it")
    return found[task["id"]]


def infra(record, *codes):
    equal((record["verdict"], record["fault"], record["retryable"]), ("infra_error", "infra", True), f"record {record}")
    check(record["error"]["code"] in codes, f"ending {record['error']}")


@test("the agent killed in mid-task: its kernel panics, infra_error guest_reset, the console's words kept")
def agent_killed(t):
    record = result_of(t, attack("kill_agent"))
    infra(record, "guest_reset")
    contains(record["error"]["message"], "Attempted to kill init", "message")
    equal(record["stdout"][:9], "about to\n", "stdout")


@test("the agent stopped in mid-task: the host's own time-out ends it")
def agent_held(t):
    record = result_of(t, attack("hold_agent", timeout_ms=t.setting.slow(3000)))
    equal((record["verdict"], record["evidence"], record["error"]["code"]), ("timeout", "host", "host_timeout"))


@test("a restart is guest_reset")
def restart(t):
    infra(result_of(t, attack("power", "restart")), "guest_reset")


@test("a power-off or halt ends the task, and is never a success")
def power_off(t):
    for how in ("power-off", "halt"):
        record = result_of(t, attack("power", how, timeout_ms=t.setting.slow(3000)))
        check(record["verdict"] in ("infra_error", "timeout") and record["evidence"] == "host", f"{how}: {record}")


def define(_setting):
    lies = {"garbage": "agent_garbled", "not-an-object": "agent_garbled", "brackets": "agent_garbled",
            "mebibyte-of-brackets": "agent_garbled", "endless-line": "agent_garbled", "bad-utf-8": "agent_garbled",
            "unknown-status": "agent_garbled", "wrong-type": "agent_garbled", "huge-numbers": "agent_garbled",
            "exit-of-another": "agent_lied", "ack": "agent_lied", "ready-again": "agent_lied"}
    for words, code in lies.items():
        test(f"a program that speaks in the agent's name: {words}")(
            lambda t, w=words, c=code: infra(result_of(t, attack("take_port", w)), c))




@test("a program that floods in the agent's name: the host's output limit holds")
def flood(t):
    record = result_of(t, attack("take_port", "endless-output", output_bytes=MIB))
    if record["verdict"] == "infra_error":  # the agent's own words came into the middle of the program's
        return infra(record, "agent_garbled")
    equal((record["verdict"], record["evidence"], record["truncated"]), ("output_exceeded", "host", True), "record")
    equal(len(record["stdout"]), MIB, "bytes of output")


@test("a fork bomb by root ends, in time or for want of memory")
def fork_bomb(t):
    record = result_of(t, attack("python/fork_bomb", timeout_ms=3000, memory_bytes=128 * MIB))
    check(record["verdict"] in ("timeout", "memory_exceeded"), f"record {record}")


@test("a memory bomb by root is memory_exceeded")
def memory_bomb(t):
    record = result_of(t, attack("python/memory_heap", timeout_ms=60_000, memory_bytes=128 * MIB))
    equal((record["verdict"], record["evidence"]), ("memory_exceeded", "guest"), f"record {record}")


@test("a megabyte of brackets on stdout is plain output")
def brackets(t):
    record = result_of(t, shell("head -c 1048576 /dev/zero | tr '\\0' '['", id="x"))
    equal((record["verdict"], record["stdout"] == "[" * MIB), ("ok", True), "record")


@test("lines that look like the protocol, or like results, are plain output")
def lookalikes(t):
    lines = "".join(f"{line}\n" for line in (
        '{"id":2,"status":"exit","code":0,"usage":{"cpu_ms":0,"mem_kb":0,"io_kb":0}}',
        '{"id":2,"stream":"stdout","data":"x"}', '{"schema":1,"id":"after","verdict":"ok"}', '{"QMP":{}}',
        '{"event":"SHUTDOWN","data":{"guest":true,"reason":"guest-panic"}}'))
    task = {"id": "x", "argv": ["sh", "-c", "tee /dev/stderr /dev/console; exit 5"], "stdin": lines}
    record = result_of(t, task)
    equal((record["verdict"], record["exit_code"], record["stdout"], record["stderr"]), ("nonzero_exit", 5, lines, lines))


@test("every byte there is, controls and broken UTF-8 too, comes back as it was; nothing of it reaches the log")
def bytes_out(t):
    blob = t.folder / "blob"
    blob.write_bytes(bytes(range(256)) * 64)
    ended = t.run("sh", "-c", "cat blob; cat blob >&2", options=("--file", f"{blob}:blob"))
    equal((ended.status, ended.out == blob.read_bytes()), (0, True), "end")


@test("an endless line on stdout is cut at the limit")
def endless_line(t):
    task = shell("tr '\\0' x < /dev/zero", id="x", limits={"output_bytes": 3 * MIB})
    record = result_of(t, task)
    equal((record["verdict"], record["stdout"] == "x" * (3 * MIB)), ("output_exceeded", True), "record")


@test("a noisy console does no harm")
def console(t):
    record = result_of(t, shell(f"head -c {t.often(300_000)} /dev/urandom > /dev/console; echo through", id="x",
                                limits={"timeout_ms": t.setting.slow(60_000)}))
    equal((record["verdict"], record["stdout"]), ("ok", "through\n"), "record")


@test("a program that closes everything, daemonizes and hides is still ended with its task")
def daemon(t):
    script = ["import os, time", "for _ in range(3):", " os.fork() and os._exit(0)", " os.setsid()",
              "os.closerange(0, 100)", "time.sleep(600)"]
    ended = t.run("python3", "-c", "\n".join(script))
    equal(ended.status, 0, "status")


