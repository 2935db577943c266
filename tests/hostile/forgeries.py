# SPDX-License-Identifier: Apache-2.0
"""The table: each forgery of an agent's, and what is right to come of it.

What the host can see by itself decides. What only the agent can know is believed, as it concerns its own task alone.
What is not in the protocol, or cannot be true when it is said, is a failure of the infrastructure.
"""

from typing import NamedTuple

MIB = 1 << 20
HUGE = (1 << 63) - 1
LIMIT_MS = 300  # of tasks whose agent lets it pass
ONE_LANGUAGE = [{"name": "forge", "entry": "program.forge", "run": ["forge"]}]


class Right(NamedTuple):
    verdict: str
    fault: str
    evidence: str
    code: str = ""  # of the error; empty: there is none


def guest(verdict, code="", fault="task"):
    return Right(verdict, fault, "guest", code)


def host(verdict, code):
    return Right(verdict, "task", "host", code)


def infra(code, evidence="host"):
    return Right("infra_error", "infra", evidence, code)


OK = guest("ok", fault="none")
LIED, GARBLED, FAILED = infra("agent_lied"), infra("agent_garbled"), infra("agent_failed", "guest")
LATE = host("timeout", "host_timeout")
RESET = infra("guest_reset")
REFUSED = Right("spec_error", "config", "guest", "files_refused")


class Row(NamedTuple):
    forgery: str
    right: Right
    place: str = "exec"  # of which request's answer; "ready": before any
    task: dict = {}  # fields of the task
    where: str = ""  # what is special about them
    record: dict = {}  # fields of the result
    mib: int = 128  # that mayfly may come to hold

    def name(self):
        where = f" {self.where}" if self.where else ""
        return f"{self.place} answered by {self.forgery}{where}: {self.right.code or self.right.verdict}"


def limits(**values):
    return {"limits": values}


def late(forgery, **task):
    return Row(forgery, LATE, task=limits(timeout_ms=LIMIT_MS) | task)


def get(forgery, right, *more, where="", **fields):
    return Row(forgery, right, "get", {"artifacts": [forgery, *more]}, where, **fields)


def stdin(forgery, right):
    return Row(forgery, right, "stdin", {"argv": ["forge", "silence"], "stdin": forgery})


def put(forgery, right, **fields):
    return Row(forgery, right, "put", {"files": [{"path": forgery, "content": "x"}]}, **fields)


# What an agent can say of its own program is believed.
BELIEVED = (
    Row("exit-0", OK, record={"exit_code": 0}),
    Row("exit-255", guest("nonzero_exit"), record={"exit_code": 255}),
    Row("signal-9", guest("signalled"), record={"signal": 9}),
    Row("signal-64", guest("signalled"), record={"signal": 64}),
    Row("longest-exit", OK, record={"exit_code": 0}),
    Row("out-of-memory", guest("memory_exceeded", "guest_out_of_memory")),
    Row("exceeded-cpu", guest("cpu_exceeded", "guest_cpu_limit"), where="where there is such a limit",
        task={"sandbox": True, "limits": {"cpu_ms": 60_000}}),
    Row("huge-usage", OK, record={"usage.guest": dict.fromkeys(("user_ms", "system_ms", "max_rss_kb", "io_kb", "wall_ms"), HUGE)}),
    Row("refused-not-found", guest("nonzero_exit", "not_found"), record={"exit_code": 127}),
    Row("refused-cannot-run", guest("nonzero_exit", "cannot_run"), record={"exit_code": 126}),
    Row("refused-permission", Right("policy_rejected", "policy", "guest", "permission_denied_by_agent"),
        where="where not all is permitted", task={"permissions": ["forge"]}),
    Row("refused-failed", FAILED),
    Row("refused-invalid", FAILED),
    Row("refused-token", FAILED),
    Row("refused-busy", FAILED),
    Row("refused-for-terminals", FAILED),
    Row("refused-megabyte", FAILED),
    Row("exit-twice", OK, where="when nothing more is asked", record={"exit_code": 0}),
    Row("exit-then-output", OK, where="when nothing more is asked", record={"stdout": ""}),
)

# What cannot be true when it is said.
LIES = (
    *(Row(name, LIED) for name in ("exit-of-next", "exit-of-first", "exit-of-none", "exit-of-last", "ack", "ack-twice",
                                   "ready", "ready-twice", "ready-in-colour", "action", "output-of-next",
                                   "output-of-none", "file-twice")),
    *(Row(name, LIED, where="when more is asked", task={"artifacts": ["x"]}) for name in ("exit-twice", "exit-then-output")),
    Row("timed-out", LIED, where="long before its time"),
    *(Row(name, LIED, where="where there is no such limit") for name in ("exceeded-cpu", "exceeded-stdout", "exceeded-stderr")),
    Row("refused-permission", LIED, where="where all is permitted"),
)

# What the host sees without a word of the agent's.
WAITING = (
    late("silence"),
    late("deafness", stdin="x" * MIB),
    late("hang-up"),
    late("half-a-line"),
    late("halt"),
    late("power-off"),  # there is no switch that it could turn itself off with
)
SEEN = (
    late("burn"),
    late("endless-nothing"),
    Row("burn", host("cpu_exceeded", "cpu_limit"), task=limits(cpu_ms=50), where="with a limit of processor time"),
    Row("eat", RESET),
    Row("death", RESET),
    Row("restart", RESET),
    Row("endless-output", host("output_exceeded", "output_limit"), task=limits(output_bytes=MIB), record={"truncated": True}),
)
CUT = (
    Row("too-much-output", host("output_exceeded", "output_limit"), where="where stdout has a limit of its own",
        task={"sandbox": True} | limits(stdout_bytes=1000), record={"stdout": "x" * 1000, "truncated": True}),
    Row("too-much-output", host("output_exceeded", "output_limit"), task=limits(output_bytes=1000),
        record={"stdout": "x" * 1000, "truncated": True}),
)

FILES = (
    put("ack-twice", LIED),
    put("exit-0", LIED),
    put("code-nan", GARBLED),
    put("refused-for-terminals", REFUSED),
    put("refused-megabyte", REFUSED),
    get("exit-0", LIED),
    get("ack", LIED),
    get("code-nan", GARBLED),
    get("file-elsewhere", GARBLED),
    get("file-length", GARBLED),
    get("file-offset", GARBLED),
    get("greedy-file", LIED),
    get("nothing-and-more", LIED),
    get("file-twice", OK, where="as the last", record={"artifacts": [{"path": "file-twice", "size": 1, "content": "f"}]}),
    get("file-twice", LIED, "x", where="before another"),
    get("refused-for-terminals", OK),
    put("death", RESET),
    get("restart", RESET),
)
LARGE_FILES = (
    get("drop-by-drop", LIED),
    get("endless-file", OK, mib=256, record={"artifacts": [{"path": "endless-file", "error": "the task's artifacts are larger than 67108864 bytes"}]}),
    get("refused-megabyte", OK, *(f"{n}/refused-megabyte" for n in range(119)), where="120 times", mib=384),
)
STDIN = (
    stdin("exit-0", LIED),
    stdin("ack-twice", LIED),
    stdin("too-much-output", LIED),
    stdin("code-nan", GARBLED),
)
PATIENT = (put("silence", infra("prepare_timeout")), get("silence", infra("collect_timeout")))

# Before there is a task: each machine boots twice, for a template and for the task.
BOOT = (
    Row("ready-in-colour", OK, "ready"),
    Row("ready-twice", LIED, "ready"),
    Row("noise", GARBLED, "ready"),
    Row("refused-for-terminals", infra("boot_failed", "guest"), "ready"),
    Row("exit-0", LIED, "resume"),
    Row("ack-twice", LIED, "resume"),
    Row("refused-for-terminals", infra("boot_failed", "guest"), "resume"),
    Row("restart", RESET, "resume"),
)

CASES = {"argv": None, "language": "forge", "source": ""}
TWO = [{"id": "a"}, {"id": "b"}]
SEVERAL = (
    Row("exit-0", host("wrong_output", "unexpected_output"), where="for a case that expects output",
        task=CASES | {"args": ["exit-0"], "cases": [{"id": "a", "expected_stdout": "4"}]}),
    Row("exit-twice", LIED, where="for two cases", task=CASES | {"args": ["exit-twice"], "cases": TWO}),
)

# What is not in the protocol: every line of garbled.cc, and those of bytes.cc that never become one.
NO_WORDS = ("noise", "zeros", "endless-line", "brackets", "many-fields", "length-first", "too-long-exit")
LINES = (
    "code-negative", "code-256", "code-fraction", "code-minus-zero", "code-nan", "code-infinity", "code-1e400",
    "code-2-to-64", "code-text", "code-null", "signal-0", "signal-65", "signal-negative", "usage-negative",
    "usage-2-to-63", "usage-nan", "usage-list", "id-negative", "id-fraction", "id-text", "id-2-to-64",
    "exit-without-end", "exit-two-ends", "exceeded-unknown", "out-of-memory-alone", "flag-number", "status-unknown",
    "status-missing", "status-list", "field-unknown", "version", "token", "request", "reason-unknown",
    "reason-missing", "refusal-code-0", "stream-unknown", "stream-number", "data-number", "data-twice", "data-base64",
    "file-elsewhere", "file-length", "file-offset", "list", "empty-line", "two-objects", "bad-utf-8", "half-a-pair",
    "bare-control", "bare-nul")

OUTSIDE = tuple(Row(name, GARBLED) for name in (*NO_WORDS, *LINES))

# Those that one mayfly plays in one batch, by what they are, and those that have a mayfly of their own.
TOGETHER = {
    "agents that no longer answer about files": PATIENT,
    "agents that lie": (*BELIEVED, *LIES, *CUT, *STDIN, *FILES, *SEVERAL, *OUTSIDE),
    "agents that fall silent": WAITING,
}
ALONE = (*SEEN, *LARGE_FILES, *BOOT)
ROWS = (*ALONE, *(row for rows in TOGETHER.values() for row in rows))
