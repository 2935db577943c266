# SPDX-License-Identifier: Apache-2.0
"""Programs as text: each language of the image `polyglot`, compiled and run, in mayfly's records and as execute requests."""

import base64
import json

from harness import Skip, by_id, check, contains, equal, test

# A program that reads numbers from stdin and prints their sum, and one that cannot be compiled, or ends at once.
SUMS = {
    "python": ("import sys\nprint(sum(map(int, sys.stdin.read().split())))\n", "print(\n"),
    "javascript": ("const s = require('fs').readFileSync(0, 'utf8');\n"
                   "console.log(s.trim().split(/\\s+/).map(Number).reduce((a, b) => a + b, 0));\n", "let let = ;\n"),
    "typescript": ("import { readFileSync } from 'fs';\nconst words: string[] = readFileSync(0, 'utf8').trim().split(/\\s+/);\n"
                   "console.log(words.map(Number).reduce((a: number, b: number) => a + b, 0));\n", "let x: = 1;\n"),
    "csharp": ("using System;\nusing System.Linq;\nclass P { static void Main() {\n"
               "Console.WriteLine(Console.In.ReadToEnd().Split(new char[0], StringSplitOptions.RemoveEmptyEntries).Sum(long.Parse));\n} }\n",
               "class P { int }\n"),
    "cpp": ("#include <iostream>\nint main() { long s = 0, x; while (std::cin >> x) s += x; std::cout << s << '\\n'; }\n", "int main( {\n"),
    "rust": ("use std::io::Read;\nfn main() { let mut s = String::new(); std::io::stdin().read_to_string(&mut s).unwrap();\n"
             "println!(\"{}\", s.split_whitespace().map(|w| w.parse::<i64>().unwrap()).sum::<i64>()); }\n", "fn main() { let x: i32 = ; }\n"),
    "c": ("#include <stdio.h>\nint main(void) { long s = 0, x; while (scanf(\"%ld\", &x) == 1) s += x; printf(\"%ld\\n\", s); }\n", "int main( {\n"),
    "ruby": ("puts $stdin.read.split.map(&:to_i).sum\n", "def (\n"),
}
NUMBERS = "1 2\n39\n"
LIMITS = {"timeout_ms": 120_000, "compile_ms": 300_000}


def need_polyglot(t):
    if not (t.home / "images/polyglot/manifest.json").exists():
        raise Skip("the image polyglot is not there: scripts/setup polyglot")


def encoded(text):
    return base64.b64encode(text.encode()).decode()


@test("languages: a table, and all that is known of them as JSON")
def table(t):
    need_polyglot(t)
    listed = json.loads(t.mayfly("languages", "--json").out)["languages"]
    names = {one["name"] for one in listed if one["image"] == "polyglot"}
    check(set(SUMS) <= names, f"languages of polyglot: {names}")
    lines = t.mayfly("languages").out.decode().splitlines()
    equal(len(lines), len(listed), "lines of the table")


@test("each language compiles and runs a text, and reads its stdin", limit=900)
def each(t):
    need_polyglot(t)
    tasks = [{"id": name, "image": "polyglot", "language": name, "source": good, "stdin": NUMBERS, "limits": LIMITS}
             for name, (good, _) in SUMS.items()]
    found = by_id(t.batch(tasks, "-j", "2").records())
    for name in SUMS:
        record = found[name]
        equal((record["verdict"], record.get("stdout")), ("ok", "42\n"), f"{name}: {record}")


@test("each language's program that is none is its own fault: not compiled, or failed", limit=900)
def wrong(t):
    need_polyglot(t)
    tasks = [{"id": name, "image": "polyglot", "language": name, "source": bad, "limits": LIMITS} for name, (_, bad) in SUMS.items()]
    found = by_id(t.batch(tasks, "-j", "2").records())
    for name in SUMS:
        record = found[name]
        compiled = "compile" in record
        equal((record["verdict"], record["fault"]), ("compile_error" if compiled else "nonzero_exit", "task"), f"{name}: {record}")
        check(record["compile"]["stderr"] + record["compile"]["stdout"] if compiled else record["stderr"], f"{name} says nothing")


@test("run FILE: the language is known by the file's name; its words, its status and the compiler's words come back")
def run_file(t):
    need_polyglot(t)
    program = t.write("answer.py", "import sys\nprint(sys.argv[1:], input())\nsys.exit(3)\n")
    ended = t.mayfly("run", "-i", program, "--", "a", "b", stdin=b"in\n")
    equal((ended.status, ended.out), (3, b"['a', 'b'] in\n"), f"end {ended.err}")
    broken = t.write("broken.c", "int main( {\n")
    ended = t.mayfly("run", broken)
    equal(ended.status, 1, "status of a program that cannot be compiled")
    contains(ended.err, "error:", "stderr")
    ended = t.mayfly("run", t.write("what.xyz", ""))
    equal(ended.status, 125, "status of a file that is in no language")
    contains(ended.err, "no language", "stderr")


@test("several files, and cases with their own input and verdict: compiled once, on one machine")
def cases(t):
    need_polyglot(t)
    files = [{"path": "main.py", "content": "from util import double\nprint(double(int(input())))\n"},
             {"path": "util.py", "content": "def double(x):\n    return 2 * x\n"}]
    tests = [{"id": "right", "stdin": "2\n", "expected_stdout": "4"}, {"id": "wrong", "stdin": "3\n", "expected_stdout": "5"},
             {"id": "crash", "stdin": "x\n"}]
    task = {"id": "all", "image": "polyglot", "language": "python", "files": files, "cases": tests, "limits": LIMITS}
    found = by_id(t.batch([task, task | {"id": "first", "stop_at_failure": True}], "-j", "1").records())
    verdicts = [(one["id"], one["verdict"]) for one in found["all"]["cases"]]
    equal(verdicts, [("right", "ok"), ("wrong", "wrong_output"), ("crash", "nonzero_exit")], "verdicts")
    equal((found["all"]["verdict"], len(found["first"]["cases"])), ("wrong_output", 2), "the task's verdict, and cases up to a failure")


@test("execute requests get an acknowledgement, then a result or an error, in their own shape")
def execute(t):
    need_polyglot(t)
    good = {"type": "execute", "language": "python", "code": encoded("print(input() * 2)"), "stdin": encoded("ab\n"), "timeout": 60_000}
    requests = [good | {"id": "good"}, good | {"id": "loop", "code": encoded("while True: pass"), "timeout": 2000},
                good | {"id": "wrong", "language": "c", "code": encoded("int main( {"), "timeout": 60_000},
                good | {"id": "what", "language": "cobol"}, good | {"id": "bad", "code": "%"}]
    ended = t.batch(requests, "-j", "1", "--format", "execute")
    answers = [json.loads(line) for line in ended.out.splitlines()]
    acknowledged = [one["id"] for one in answers if one["type"] == "ack"]
    last = {one["id"]: one for one in answers if one["type"] != "ack"}
    check({"good", "loop", "wrong"} <= set(acknowledged), f"acknowledged {acknowledged}")
    equal((last["good"]["status"], base64.b64decode(last["good"]["stdout"]), last["good"]["exit_code"]), ("success", b"abab\n", 0))
    equal([last[name].get("status") for name in ("loop", "wrong")], ["timeout", "compilation_error"], "statuses")
    equal([last[name].get("error") for name in ("what", "bad")], ["unsupported_language", "invalid_request"], "errors")
    check(last["good"]["memory_used"] > 0, "no memory was used")
