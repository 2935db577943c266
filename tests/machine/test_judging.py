# SPDX-License-Identifier: Apache-2.0
"""How cases are judged: by comparison, by checkers of each protocol; which limit was met; a file and a line mean the same."""

import json

from harness import by_id, check, contains, equal, test
from test_languages import LIMITS, need_polyglot

MARK = "import sys\nsys.stdout.buffer.write(b'\\xef\\xbb\\xbf1.0 2\\n')\n"


@test("outputs are compared as the task says; an encoding mark does not count but in an exact one, and stays in the record", limit=300)
def comparison(t):
    need_polyglot(t)
    task = {"image": "polyglot", "language": "python", "source": MARK, "limits": LIMITS, "stop_at_failure": False}
    tests = [{"id": "same", "expected_stdout": "1.0 2"}, {"id": "near", "expected_stdout": "1.05\n2.0"}, {"id": "far", "expected_stdout": "1.5 2"}]
    modes = {"lines": "lines", "tokens": "tokens", "exact": "exact", "float": {"mode": "float", "absolute": 0.1}}
    found = by_id(t.batch([task | {"id": name, "cases": tests, "comparison": mode} for name, mode in modes.items()], "-j", "2").records())
    right = {name: [one["id"] for one in found[name]["cases"] if one["verdict"] == "ok"] for name in modes}
    equal(right, {"lines": ["same"], "tokens": ["same"], "exact": [], "float": ["same", "near"]}, "cases that are right")
    for name in modes:
        equal((found[name]["comparison"], found[name]["evidence"]), (name, "host"), "what was compared, and who saw it")
        equal({one["evidence"] for one in found[name]["cases"]}, {"host"}, "who saw it")
    equal(found["lines"]["cases"][0]["stdout"], "\ufeff1.0 2\n", "what it printed")
    contains(found["float"]["cases"][2]["message"], "word 1 (line 1), '1.0'", "where it differs")
    check("1.5" not in found["float"]["cases"][2]["message"], "the message tells the answer")


# A checker as testlib makes them: its words begin with what its status says.
TESTLIB = r"""#include <stdio.h>
#include <string.h>
int main(int count, char **names) {
  char printed[100] = "", answer[100] = "";
  FILE *file = fopen(names[2], "r");
  if (file) fscanf(file, "%99s", printed);
  file = fopen(names[3], "r");
  if (count != 4 || !file || fscanf(file, "%99s", answer) != 1) return fprintf(stderr, "FAIL no answer\n"), 3;
  if (!strcmp(printed, answer)) return fprintf(stderr, "points 2.5 all of it\n"), 7;
  if (printed[0] == answer[0]) return fprintf(stderr, "partially correct (40) it begins well\n"), 90;
  return fprintf(stderr, "wrong answer it is '%s'\n", printed), 1;
}
"""

# A validator as the problem package format wants it.
KATTIS = r"""#include <stdio.h>
#include <string.h>
static FILE *feedback(const char *folder, const char *name) {
  char path[200];
  snprintf(path, sizeof path, "%s%s", folder, name);
  return fopen(path, "w");
}
int main(int count, char **words) {
  char given[100] = "", printed[100] = "", answer[100] = "";
  FILE *in = fopen(words[1], "r"), *out = fopen(words[2], "r");
  if (count != 5 || strcmp(words[4], "flag") || !in || !out) return 1;
  fscanf(in, "%99s", given);
  fscanf(out, "%99s", answer);
  if (scanf("%99s", printed) != 1) return 43;
  fprintf(feedback(words[3], "judgemessage.txt"), "for '%s' it says '%s'", given, printed);
  if (strcmp(printed, answer)) return 43;
  fprintf(feedback(words[3], "score.txt"), "12.5\n");
  puts("words of no interest");
  return 42;
}
"""


@test("checkers of the protocols testlib and kattis: their verdicts, points and words; a checker's verdict is the guest's word", limit=300)
def protocols(t):
    need_polyglot(t)
    tests = [{"id": text or "nothing", "stdin": text, "expected_stdout": "ab"} for text in ("ab", "ax", "x", "")]
    task = {"image": "polyglot", "language": "python", "source": "import sys\nprint(sys.stdin.read())\n", "cases": tests, "limits": LIMITS}
    found = by_id(t.batch([task | {"id": "testlib", "checker": {"language": "c", "protocol": "testlib", "source": TESTLIB}},
                           task | {"id": "kattis", "checker": {"language": "c", "protocol": "kattis", "source": KATTIS, "args": ["flag"]}},
                           task | {"id": "fails", "checker": {"language": "c", "protocol": "kattis", "source": KATTIS}}], "-j", "2").records())
    said = {name: [(one["id"], one["verdict"], one.get("score"), one.get("message")) for one in found[name]["cases"]] for name in ("testlib", "kattis")}
    equal(said["testlib"], [("ab", "ok", 2.5, "the checker says: points 2.5 all of it"),
                            ("ax", "wrong_output", 40.0, "the checker says: partially correct (40) it begins well"),
                            ("x", "wrong_output", None, "the checker says: wrong answer it is 'x'"),
                            ("nothing", "wrong_output", None, "the checker says: wrong answer it is ''")], "testlib")
    equal(said["kattis"], [("ab", "ok", 12.5, "the checker says: for 'ab' it says 'ab'"),
                           ("ax", "wrong_output", None, "the checker says: for 'ax' it says 'ax'"),
                           ("x", "wrong_output", None, "the checker says: for 'x' it says 'x'"),
                           ("nothing", "wrong_output", None, "the checker says: (nothing; it ended with status 43)")], "kattis")
    equal([found[name]["score"] for name in ("testlib", "kattis")], [42.5, 12.5], "sums")
    for name in ("testlib", "kattis"):
        equal((found[name]["evidence"], found[name]["error"]["code"]), ("guest", "checker_rejected"), name)
    equal((found["fails"]["verdict"], found["fails"]["error"]["code"]), ("spec_error", "checker_failed"), "a validator that fails")


FORKS = "import subprocess\nrunning = [subprocess.Popen(['sleep', '60']) for _ in range(20)]\n"


@test("a compiler, and a program, that meets a limit of the sandbox says which", limit=300)
def limits(t):
    need_polyglot(t)
    large = "int a[100000000] = {1};\nint main(void) { return a[5]; }\n"
    found = by_id(t.batch([{"id": "file", "image": "polyglot", "language": "c", "source": large, "limits": LIMITS},
                           {"id": "forks", "image": "polyglot", "language": "python", "source": FORKS, "limits": LIMITS | {"processes": 8}},
                           {"id": "files", "image": "polyglot", "language": "python", "limits": LIMITS | {"open_files": 20},
                            "source": "a = [open('/dev/null') for _ in range(50)]\n"}], "-j", "2").records())
    equal({name: record["verdict"] for name, record in found.items()}, {"file": "compile_error", "forks": "nonzero_exit", "files": "nonzero_exit"}, "verdicts")
    contains(found["file"]["error"]["message"], "one file may have 256 MiB", "a compiler's file")
    contains(found["forks"]["error"]["message"], "8 processes and threads", "a program's processes")
    contains(found["files"]["error"]["message"], "20 files open", "a program's files")


WHO = """import os, resource, sys
status = dict(line.rstrip("\\n").split(":\\t", 1) for line in open("/proc/self/status") if ":\\t" in line)
print(os.getuid(), os.getcwd(), sys.argv, sorted(os.environ.items()), status["Seccomp"], status["NoNewPrivs"], status["CapEff"])
print([resource.getrlimit(getattr(resource, name)) for name in ("RLIMIT_NOFILE", "RLIMIT_FSIZE", "RLIMIT_STACK")], sys.stdin.read())
"""


@test("run FILE and a line of a batch mean the same: user, environment, limits, record; --no-sandbox is \"sandbox\":false", limit=300)
def same(t):
    need_polyglot(t)
    program, meta = t.write("who.py", WHO), t.folder / "meta.json"
    options = ("--meta", meta, "--open-files", "77", "--file-size", "1M", "--processes", "9", "--total-time", "10m")
    limits = {"open_files": 77, "file_bytes": 1 << 20, "processes": 9, "total_ms": 600_000}
    line = {"language": "python", "source": WHO, "limits": limits}
    for more, task in (((), line), (("--no-sandbox",), line | {"sandbox": False})):
        ended = t.mayfly("run", *options, *more, program)
        (record,) = t.batch([task]).records()
        mine = json.loads(meta.read_text())
        equal(ended.out.decode(), record["stdout"], f"what it prints {more}")
        differ = {"id", "line", "stdout", "stderr", "usage", "timing", "machine"}
        equal({name: value for name, value in mine.items() if name not in differ}, {name: value for name, value in record.items() if name not in differ}, f"records {more}")
        equal(set(record) - set(mine), {"line", "stdout", "stderr"}, f"fields {more}")
        check(ended.out.startswith(b"0 " if more else b"1000 "), f"user {ended.out}")
    ended = t.run("sh", "-c", "id -u", options=("--sandbox",))
    equal(ended.out, b"1000\n", "a command in the sandbox")
