# SPDX-License-Identifier: Apache-2.0
"""Programs as text: each language of the image `polyglot`, compiled and run, in mayfly's records and as execute requests."""

import base64
import json

from deep import DEEP
from harness import Skip, by_id, check, contains, equal, test

# A text that cannot be compiled, or ends at once.
WRONG = {
    "python": "print(\n",
    "javascript": "let let = ;\n",
    "typescript": "let x: = 1;\n",
    "csharp": "class P { int }\n",
    "cpp": "int main( {\n",
    "rust": "fn main() { let x: i32 = ; }\n",
    "c": "int main( {\n",
    "ruby": "def (\n",
}
DEPTH = 100_000
LIMITS = {"timeout_ms": 120_000, "compile_ms": 300_000}


def need_polyglot(t):
    if not (t.setting.kept_home / "images/polyglot/manifest.json").exists():
        raise Skip("the image polyglot is not there: scripts/setup polyglot")
    t.link_image("polyglot", t.setting.kept_home)
    kept, store = t.setting.kept_home / "templates", t.home / "templates"
    if kept.exists():  # to warm a machine for each of eight languages takes minutes
        store.unlink(missing_ok=True)
        store.symlink_to(kept)


def encoded(text):
    return base64.b64encode(text.encode()).decode()


@test("languages: a table, and all that is known of them as JSON")
def table(t):
    need_polyglot(t)
    listed = json.loads(t.mayfly("languages", "--json").out)["languages"]
    names = {one["name"] for one in listed if one["image"] == "polyglot"}
    check(set(DEEP) <= names, f"languages of polyglot: {names}")
    lines = t.mayfly("languages").out.decode().splitlines()
    equal(len(lines), len(listed), "lines of the table")


@test("each language compiles and runs a text, which reads its stdin and calls itself deeply, in a thread too", limit=900)
def each(t):
    need_polyglot(t)
    tasks = [{"id": name, "image": "polyglot", "language": name, "source": text, "stdin": f"{DEPTH}\n", "limits": LIMITS}
             for name, text in DEEP.items()]
    found = by_id(t.batch(tasks, "-j", "2").records())
    for name in DEEP:
        record = found[name]
        equal((record["verdict"], record.get("stdout")), ("ok", f"{DEPTH} {DEPTH}\n"), f"{name}: {record}")


@test("each language's program that is none is its own fault: not compiled, or failed", limit=900)
def wrong(t):
    need_polyglot(t)
    tasks = [{"id": name, "image": "polyglot", "language": name, "source": bad, "limits": LIMITS} for name, bad in WRONG.items()]
    checked = [task | {"id": f"{task['id']}-checked", "check": True} for task in tasks if task["id"] in ("python", "javascript", "ruby")]
    found = by_id(t.batch(tasks + checked, "-j", "2").records())
    for task in checked:
        record = found[task["id"]]
        equal(record["verdict"], "compile_error", f"{record}")
        contains(record["check"]["stderr"], "rror", "the checker's words")
    for name in WRONG:
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
    files = [{"path": "main.py", "content": "from util import double\nn = int(input())\nprint(double(n) if n < 100 else 'x' * n)\n"},
             {"path": "util.py", "content": "def double(x):\n    return 2 * x\n"}]
    tests = [{"id": "right", "stdin": "2\n", "expected_stdout": "4"}, {"id": "floods", "stdin": "500000\n", "expected_stdout": ""},
             {"id": "wrong", "stdin": "3\n", "expected_stdout": "5"}, {"id": "crash", "stdin": "x\n"}]
    task = {"id": "all", "image": "polyglot", "language": "python", "files": files, "cases": tests,
            "limits": LIMITS | {"output_bytes": 100_000}}
    found = by_id(t.batch([task, task | {"id": "first", "stop_at_failure": True}], "-j", "1").records())
    verdicts = [(one["id"], one["verdict"]) for one in found["all"]["cases"]]
    equal(verdicts, [("right", "ok"), ("floods", "output_exceeded"), ("wrong", "wrong_output"), ("crash", "nonzero_exit")], "verdicts")
    equal((found["all"]["verdict"], len(found["first"]["cases"])), ("output_exceeded", 2), "the task's verdict, and cases up to a failure")


CHECKER = """import sys
given, printed, answer = (open(name).read().split() for name in sys.argv[1:])
if not answer: sys.exit("no answer")
if sorted(printed) != sorted(answer):
    print(f"{len(given)} in, {printed} is not {answer}")
    sys.exit(1 if printed else 7)
"""
CHECKER_CPP = """#include <fstream>
#include <string>
int main(int, char** a) { std::ifstream o(a[2]), r(a[3]); std::string x, y; o >> x; r >> y; return x != y; }
"""


@test("a checker of the task's own judges each case, compiled or not; the program cannot change it, nor read it, nor find what a case before it wrote", limit=300)
def checker(t):
    need_polyglot(t)
    program = ("import os, sys\nword = input()\nprint(os.path.exists('left'), file=sys.stderr)\nopen('left', 'w')\n"
               "for name in ('main.py', 'main.cpp', 'input', 'output', 'answer'):\n"
               "    try: print('read', open(f'/run/checker/{name}').read())\n    except OSError: pass\n"
               "for name in ('/run/checker', '/run/checker/main.py', '/run/checker/.program', '/checker'):\n"
               "    if os.path.lexists(name): print('seen', name)\n"
               "for name in ('/run/checker/main.py', '/run/checker/.program', '/run/checker/x'):\n"
               "    try: open(name, 'w'); print('changed', name)\n    except OSError: pass\nprint(word)\n")
    tests = [{"id": "same", "stdin": "b,a\n", "expected_stdout": "b,a"}, {"id": "other", "stdin": "x\n", "expected_stdout": "y"}]
    task = {"image": "polyglot", "language": "python", "source": program, "cases": tests, "limits": LIMITS}
    broken = task | {"cases": [{"id": "empty", "stdin": "\n", "expected_stdout": "y"}]}
    found = by_id(t.batch([task | {"id": "python", "checker": {"language": "python", "source": CHECKER}},
                           task | {"id": "cpp", "checker": {"language": "cpp", "source": CHECKER_CPP}},
                           broken | {"id": "broken", "checker": {"language": "python", "source": CHECKER}},
                           task | {"id": "unmade", "checker": {"language": "cpp", "source": "int main( {"}}], "-j", "1").records())
    for name in ("python", "cpp"):
        verdicts = [(one["id"], one["verdict"], one["stderr"]) for one in found[name]["cases"]]
        equal(verdicts, [("same", "ok", "False\n"), ("other", "wrong_output", "False\n")], f"{name}: {found[name]}")
    contains(found["python"]["cases"][1]["message"], "1 in, ['x'] is not ['y']", "what the checker says")
    for name in ("broken", "unmade"):
        record = found[name]
        equal((record["verdict"], record["fault"], record["error"]["code"]), ("spec_error", "config", "checker_failed"), f"{name}: {record}")
    contains(found["unmade"]["checker"]["stderr"], "error:", "the compiler's words")


@test("imports of a program's files are told if its task asks for them")
def imports(t):
    need_polyglot(t)
    files = [{"path": "main.py", "content": "import sys, os as o, json\nfrom util.deep import x\n"},
             {"path": "util/deep.py", "content": "import random\nx = 1\n"}, {"path": "notes.txt", "content": "import nothing\n"}]
    task = {"image": "polyglot", "language": "python", "files": files, "limits": LIMITS}
    found = by_id(t.batch([task | {"id": "asked", "report_imports": True}, task | {"id": "not"}], "-j", "1").records())
    equal(found["asked"]["imports"], ["json", "os", "random", "sys", "util.deep"], "imports")
    check("imports" not in found["not"], "nobody asked")


@test("interpreters that were started before their task: no two programs of one template get the same random numbers", limit=300)
def prestarted(t):
    need_polyglot(t)
    texts = {"python": "import random, os, uuid\nprint(random.random(), os.urandom(8).hex(), uuid.uuid4(), end='')",
             "javascript": "const c = require('crypto'); process.stdout.write([Math.random(), c.randomBytes(8).toString('hex'), c.randomUUID()].join(' '))"}
    tasks = [{"id": f"{name}{n}", "image": "polyglot", "language": name, "source": text, "limits": LIMITS}
             for name, text in texts.items() for n in range(3)]
    for options in ((), ("--no-prestart",)):
        found = by_id(t.batch(tasks, "-j", "1", *options).records())
        words = [word for one in found.values() for word in one["stdout"].split()]
        equal((len(words), len(set(words))), (18, 18), f"different words {options}: {words}")


@test("a waiting Node.js runs a text as the module that it is")
def modules(t):
    need_polyglot(t)
    files = [{"path": "main.js", "content": "import { twice } from './twice.js';\nconsole.log(twice(await Promise.resolve(4)));\n"},
             {"path": "twice.js", "content": "export const twice = (n) => 2 * n;\n"}]
    task = {"id": "a", "image": "polyglot", "language": "javascript", "entry": "main.js", "files": files, "limits": LIMITS}
    (record,) = t.batch([task]).records()
    equal((record["verdict"], record.get("stdout")), ("ok", "8\n"), f"{record}")


@test("a waiting Node.js has workers and children as any has, each with random numbers of its own", limit=300)
def workers(t):
    need_polyglot(t)
    text = ("const { Worker, isMainThread, parentPort } = require('worker_threads');\n"
            "if (isMainThread) {\n"
            "  console.log(Math.random());\n"
            "  for (const n of [1, 2]) new Worker(__filename).on('message', (m) => console.log(m));\n"
            "  console.log(require('child_process').execFileSync(process.execPath, ['-p', 'Math.random()']).toString().trim());\n"
            "} else parentPort.postMessage(Math.random());\n")
    (record,) = t.batch([{"id": "a", "image": "polyglot", "language": "javascript", "source": text, "limits": LIMITS}]).records()
    equal((record["verdict"], len(set(record["stdout"].split()))), ("ok", 4), f"different numbers: {record}")


@test("a module of the task's own goes before one that the waiting interpreter has imported")
def shadowing(t):
    need_polyglot(t)
    files = [{"path": "main.py", "content": "import json, heapq\nprint(json.mine, heapq.__name__)\n"}, {"path": "json.py", "content": "mine = 7\n"}]
    (record,) = t.batch([{"id": "a", "image": "polyglot", "language": "python", "files": files, "limits": LIMITS}]).records()
    equal((record["verdict"], record.get("stdout")), ("ok", "7 heapq\n"), f"{record}")


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
