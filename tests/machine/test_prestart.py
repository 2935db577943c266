# SPDX-License-Identifier: Apache-2.0
"""Programs that are started before their request is there, by the agent's own words (agent_machine.py)."""

import contextlib
import signal

from agent_machine import AgentMachine
from harness import check, contains, equal, test

HERE = "/work"
ENV = {"PATH": "/usr/bin:/bin"}
# Uses processor time, stops itself where it is asked to, and then tells who it is.
PROGRAM = """import os, resource, signal, sys
for i in range(2_000_000): pass
if os.environ.pop("WAIT", ""): os.kill(os.getpid(), signal.SIGSTOP)
print(os.getpid(), resource.getrlimit(resource.RLIMIT_NOFILE)[0], sys.stdin.read(), sorted(os.listdir(".")))
"""


@contextlib.contextmanager
def machine(t):
    live = AgentMachine(t.setting)
    try:
        live.put(f"{HERE}/main.py", PROGRAM)
        yield live
    finally:
        live.close()


def program(**changes):
    """The request for it, but for what belongs to one request."""
    return {"bin": "python3", "args": ["main.py"], "env": ENV, "sandbox": {"directory": HERE}, "timeout": 60_000} | changes


def start(m, **changes):
    """Starts it before its request: what the agent says to that."""
    return m.ask("exec", **program(prestart={"WAIT": "1"}, **changes))


def run(m, **changes):
    request = program(**changes)
    return m.execute(request.pop("bin"), *request.pop("args"), **request)


def words_of(answer):
    equal(answer.ending(), "exit 0", answer.err.decode()[-600:])
    return answer.out.decode().split(maxsplit=3)


@test("it is the process that runs, with files, limits and an environment of its request's, and what it used before does not count")
def goes_on(t):
    with machine(t) as m:
        plain = run(m, sandbox={"directory": HERE, "open_files": 50})
        equal(start(m)["status"], "ack", "start")
        m.put(f"{HERE}/later", "x")
        found = run(m, sandbox={"directory": HERE, "open_files": 60})
        _, files, rest = found.out.decode().split(maxsplit=2)
        equal((files, "later" in rest, "later" in plain.out.decode()), ("60", True, False), "limits and files")
        used, all_of_it = (answer.reply["usage"]["cpu_ms"] for answer in (found, plain))
        check(used < all_of_it / 2, f"{used} of {all_of_it} ms of processor time were counted")
        equal(words_of(run(m, sandbox={"directory": HERE, "open_files": 70}))[1], "70", "the one behind it")


@test("it waits while others run, and others are what is no request for it: other words, environment, directory, user")
def others(t):
    with machine(t) as m:
        equal(start(m)["status"], "ack", "start")
        equal(start(m)["reason"], "busy", "a second one")
        for name, other in (("args", {"args": ["-B", "main.py"]}), ("env", {"env": ENV | {"A": "1"}}), ("cwd", {"cwd": "/tmp"}),
                            ("sandbox", {"sandbox": {"directory": "/elsewhere"}}), ("none", {"sandbox": None, "cwd": HERE})):
            other = {key: value for key, value in program(**other).items() if value is not None}
            if name in ("cwd", "sandbox"):
                other["args"] = [f"{HERE}/main.py"]
            check(m.execute(other.pop("bin"), *other.pop("args"), **other).reply["usage"]["cpu_ms"] >= 20, f"{name}: was not started anew")
        before = m.execute("sh", "-c", "grep -l '^State:.*stopped' /proc/[0-9]*/status", env=ENV)
        equal(len(before.out.split()), 1, "stopped processes")
        words_of(run(m))
        after = m.execute("sh", "-c", "grep -l '^State:.*stopped' /proc/[0-9]*/status", env=ENV)
        equal(after.out, b"", "stopped processes when it has run")


@test("its limits are its request's: time, processor time, output, memory, processes")
def limits(t):
    wait = "import os, signal\nif os.environ.pop('WAIT', ''): os.kill(os.getpid(), signal.SIGSTOP)\n"
    endings = {"while True: pass": ({"sandbox": {"directory": HERE, "cpu_ms": 300}}, "exceeded cpu_ms"),
               "import time; time.sleep(60)": ({"timeout": 300}, "timed_out"),
               "print('x' * 5000)": ({"sandbox": {"directory": HERE, "stdout_bytes": 100}}, "exceeded stdout_bytes"),
               "b = bytearray(100 << 20)": ({"memory_bytes": 50 << 20}, "out_of_memory"),
               "import _thread, time\nfor i in range(9): _thread.start_new_thread(time.sleep, (9,))": (
                   {"sandbox": {"directory": HERE, "processes": 5}}, "exit 1")}
    with machine(t) as m:
        for rest, (limit, ending) in endings.items():
            m.put(f"{HERE}/main.py", wait + rest)
            equal(start(m)["status"], "ack", f"start of {rest}")
            equal(run(m, **limit).ending(), ending, rest)


@test("its stdin, and a signal to it, are those of any program")
def stdin(t):
    with machine(t) as m:
        equal(start(m)["status"], "ack", "start")
        m.say("exec", **program(stdin=True))
        request = m.last_id
        m.say("stdin", data="words", eof=True)
        replies = []
        while not replies or replies[-1].get("id") != request or "status" not in replies[-1]:
            replies.append(m.read())
        contains("".join(reply.get("data", "") for reply in replies), "words", "what it read")
        m.put(f"{HERE}/main.py", PROGRAM.replace("print", "signal.pause(); print"))
        equal(start(m)["status"], "ack", "start")
        m.say("exec", **program())
        request = m.last_id
        m.say("signal", signal=int(signal.SIGUSR1))
        replies = [m.read(), m.read()]
        equal(sorted(reply["status"] for reply in replies), ["ack", "exit"], f"{replies}")
        equal([reply.get("signal") for reply in replies if reply["id"] == request], [signal.SIGUSR1], "its end")


@test("one that ends instead of waiting says so, and one that dies while it waits is no more: both are then started as usual")
def dies(t):
    with machine(t) as m:
        ended = m.execute("sh", "-c", "echo early; exit 3", env=ENV, prestart={"WAIT": "1"})
        equal((ended.ending(), ended.out), ("exit 3", b"early\n"), "one that does not wait")
        equal(m.execute("sh", "-c", "echo early; exit 3", env=ENV).out, b"early\n", "the same, asked for")
        late = m.execute("sleep", "60", env=ENV, prestart={}, timeout=300)
        equal(late.ending(), "timed_out", "one that never stops")
        equal(start(m)["status"], "ack", "start")
        kill = "p=$(grep -l '^State:.*stopped' /proc/[0-9]*/status | cut -d/ -f3); kill -9 $p; while kill -0 $p 2>/dev/null; do :; done"
        m.execute("sh", "-c", kill, env=ENV)  # until the agent has reaped it
        words_of(run(m))
        equal(start(m)["status"], "ack", "another")
        words_of(run(m))


@test("what is wrong with its environment is said")
def wrong(t):
    with machine(t) as m:
        for environment, part in (({"A=B": "1"}, "'='"), ({"A": "\0"}, "NUL"), ({"": ""}, "empty")):
            reply = m.ask("exec", bin="true", prestart=environment)
            equal(reply["reason"], "invalid", f"{environment}")
            contains(reply["message"], part, "message")
