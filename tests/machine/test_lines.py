# SPDX-License-Identifier: Apache-2.0
"""mayfly batch: lines that are no tasks get a spec_error with their number, and the batch goes on."""

import json
import os

from harness import by_id, check, contains, equal, shell, test, to_lines

MIB = 1 << 20

# line -> a part of what must be said about it
BAD = [
    ('{"argv":["true"]', "not JSON"),
    ("true", "object"),
    ("[]", "object"),
    ('"text"', "object"),
    ("nonsense", "not JSON"),
    ('{"argv":["true"]} {}', "not JSON"),
    ('{"argv":["true"],"time_limit":5}', "time_limit"),
    ('{"argv":["true"],"limits":{"timeout":5}}', "limits.timeout"),
    ('{"argv":"true"}', "argv"),
    ('{"argv":["true",1]}', "argv"),
    ('{"argv":[]}', "argv"),
    ('{"argv":[""]}', "program"),
    ('{"id":"x"}', "argv"),
    ('{"argv":["true"],"bin":"true"}', "bin"),
    ('{"argv":["true"],"id":1}', "id"),
    ('{"argv":["true"],"id":"../x"}', "id"),
    ('{"argv":["true"],"id":"' + "x" * 65 + '"}', "id"),
    ('{"argv":["true"],"id":"a","id":"b"}', "id"),
    ('{"argv":["true"],"cwd":"relative"}', "cwd"),
    ('{"argv":["true"],"image":"../base"}', "image"),
    ('{"argv":["tr\\u0000ue"]}', "NUL"),
    ('{"argv":["true"],"env":{"A=B":"c"}}', "env"),
    ('{"argv":["true"],"env":{"A":1}}', "env.A"),
    ('{"argv":["true"],"env":[]}', "env"),
    ('{"argv":["true"],"limits":{"timeout_ms":0}}', "timeout_ms"),
    ('{"argv":["true"],"limits":{"timeout_ms":1e3}}', "timeout_ms"),
    ('{"argv":["true"],"limits":{"timeout_ms":99999999999999999999}}', "timeout_ms"),
    ('{"argv":["true"],"limits":{"memory_bytes":1}}', "memory_bytes"),
    ('{"argv":["true"],"limits":{"cpus":-1}}', "cpus"),
    ('{"argv":["true"],"stdin":1}', "stdin"),
    ('{"argv":["true"],"stdin_base64":"###"}', "stdin_base64"),
    ('{"argv":["true"],"stdin":"a","stdin_base64":"YQ=="}', "stdin"),
    ('{"argv":["true"],"files":[{"path":"x"}]}', "files[0]"),
    ('{"argv":["true"],"files":[{"content":"x"}]}', "path"),
    ('{"argv":["true"],"files":[{"path":"x","content":"","mode":"rwx"}]}', "mode"),
    ('{"argv":["true"],"files":[{"path":"x","src":"/etc/passwd"}]}', "--source-root"),
    ('{"argv":["true"],"artifacts":[""]}', "artifacts"),
    ('{"argv":["true"],"artifacts":["' + "x" * 5000 + '"]}', "artifacts"),
    ('{"argv":["true"],"files":[{"content":"","path":"' + "x" * 5000 + '"}]}', "files"),
    ('{"argv":["true"],"cwd":"/' + "x" * 5000 + '"}', "cwd"),
    ('{"argv":["true"],"permissions":"all"}', "permissions"),
    ('{"argv":["true"],"labels":[]}', "labels"),
    ('{"argv":["true"],"schema":2}', "schema"),
    ('{"cmd":"ping"}', "cmd"),
    ('{"argv":["true"],"labels":{"x":' + "[" * 40 + "]" * 40 + "}}", "deeper than 32"),
    ("[" * 200, "deeper than 32"),
    (b'{"argv":["\xff\xfe"]}', "not JSON"),
    (b"\x00\x01\x02", "not JSON"),
    ('{"argv":["\\ud800"]}', "not JSON"),
    ('{"argv":["true"]', "column 17"),
    ('{"argv":["true"],"files":[{"path":"../../etc/x","content":""}]}', "files[0].path"),
    ('{"argv":["true"],"artifacts":["a/../../b"]}', "artifacts[0]"),
    ('{"language":"c","source":"","entry":"../usr/include/string.h"}', "entry"),
    ('{"argv":["true"],"cwd":"/work/.."}', "cwd"),
    ('{"argv":["true"],"sandbox":true,"cwd":"/"}', "cwd"),
    ('{"argv":["true"],"sandbox":true,"cwd":"/proc/x"}', "cwd"),
    ('{"argv":["true"],"files":[{"path":"x","contents":"x"}]}', "did you mean 'content'"),
    ('{"argv":["true"],"cases":[{"id":"a b"}]}', "cases[0].id"),
    ('{"argv":["true"],"labels":{"a":{"b":1,"b":2}}}', "twice"),
]


@test("each kind of bad line gets a spec_error that says what is wrong, with its number and id")
def bad_lines(t):
    tasks = [line for line, _ in BAD]
    tasks.insert(3, "")
    tasks.insert(5, "   \t")
    ended = t.batch(tasks)
    equal(ended.status, 0, "status")
    numbers = [n for n in range(1, len(tasks) + 1) if n not in (4, 6)]
    found = ended.records()
    equal([r["line"] for r in found], numbers, "lines")
    for (line, part), record in zip(BAD, found):
        check(record["verdict"] == "spec_error" and record["attempts"] == 0 and record["fault"] == "config",
              f"{line}: {record}")
        contains(record["error"]["message"], part, f"message for {line}")


@test("a bad line keeps its id, though it be no JSON; without a valid one it is named by its number")
def ids(t):
    tasks = ['{"id":"mine","argv":["true"],"oops":1}', '{"id":"../x","argv":["true"]}', '{"id":7,"argv":["true"]}', "{",
             '{"id":"broken","argv":["true"']
    equal([r.get("id") for r in t.batch(tasks).records()], ["mine", "line-2", "line-3", "line-4", "broken"], "ids")


@test("ceilings: what a line asks for beyond them is refused with both figures, be they options, environment or file")
def ceilings(t):
    asks = [({"limits": {"timeout_ms": 60_001}}, "--max-timeout", "60001", "60000"),
            ({"limits": {"memory_bytes": 257 * MIB}}, "--max-memory", str(257 * MIB), str(256 * MIB)),
            ({"limits": {"output_bytes": 65 * MIB}}, "--max-output", str(65 * MIB), str(64 * MIB)),  # nobody says it
            ({"limits": {"cpus": 1.5}}, "--max-cpus", "1.5", "1"),
            ({"cases": [{"limits": {"timeout_ms": 60_001}}]}, "--max-timeout", "60001", "60000")]
    config = t.write("config.toml", '[batch]\nmax-cpus = "1"\n')
    tasks = [{"id": f"t{n}", "argv": ["true"]} | more for n, (more, *_) in enumerate(asks)]
    tasks.append({"id": "allowed", "argv": ["true"], "permissions": []})
    ended = t.mayfly("--config", config, "batch", "--max-timeout", "60s", "-", stdin=to_lines(tasks),
                     env={"MAYFLY_MAX_MEMORY": "256M"})
    found = {r["id"]: r for r in ended.records()}
    for n, (_, *parts) in enumerate(asks):
        equal(found[f"t{n}"]["verdict"], "spec_error", f"verdict of t{n}")
        for part in parts:
            contains(found[f"t{n}"]["error"]["message"], part, f"message of t{n}")
    equal(found["allowed"]["verdict"], "policy_rejected", "a line that says nothing is refused nothing")


@test("a configuration file that is named is read, or nothing runs; an unknown command in it, and a place without a name, are errors")
def named(t):
    tasks = to_lines([{"argv": ["true"], "permissions": []}])
    capital = t.write("capital.toml", '[Batch]\nmax-cpus = "1"\n')
    good = t.write("good.toml", '[batch]\nmax-cpus = "1"\n')
    for path in (t.folder / "none.toml", t.folder, capital):
        ended = t.mayfly("batch", "-", stdin=tasks, env={"MAYFLY_CONFIG": str(path)})
        equal((ended.status, ended.out), (2, b""), f"end with {path}: {ended.err}")
    for text, said in (('max-timeout = "1s"\n', "belongs below [run] or [batch]"), ('[batch]\nmax-time = 1\n', "no option 'max-time' in [batch]")):
        path = t.write("unknown.toml", text)
        ended = t.mayfly("--config", path, "batch", "-", stdin=tasks)
        equal((ended.status, ended.out), (2, b""), f"end with {text}")
        contains(ended.err, said, "stderr")
        contains(ended.err, "unknown.toml", "stderr")
    for option in ("--journal", "--results", "--source-root", "--home", "--incidents"):
        ended = t.mayfly("batch", option, "", stdin=tasks)
        equal((ended.status, ended.out), (2, b""), f"end with an empty {option}")
        contains(ended.err, f"{option}: is empty", "stderr")
    equal(t.mayfly("batch", "--results", "-", stdin=tasks).status, 2, "status with results in standard output")
    good.chmod(0o666)
    ended = t.mayfly("--config", good, "batch", "-", stdin=tasks)
    equal((ended.status, ended.out), (2, b""), f"end with a file that others may write: {ended.err}")
    contains(ended.err, "the configuration file is not used", "stderr")
    good.chmod(0o644)
    equal(t.mayfly("batch", "-", stdin=tasks, env={"MAYFLY_CONFIG": str(good), "MAYFLY_INCIDENTS": ""}).status, 0, "status with all in order")


@test("a machine larger than the host is the line's fault, and halts nothing")
def larger_than_the_host(t):
    processors = os.cpu_count() + 1
    tasks = [{"id": "memory", "argv": ["true"], "limits": {"memory_bytes": 1 << 40}},
             {"id": "cpus", "argv": ["true"], "limits": {"cpus": processors}},
             {"id": "case", "argv": ["true"], "cases": [{"limits": {"memory_bytes": 1 << 40}}]},
             {"id": "after", "argv": ["true"], "permissions": []}]
    ended = t.batch(tasks, "--halt", "now,infra=1", "--jobs", "1")
    found = {r["id"]: r for r in ended.records()}
    equal({name: r["verdict"] for name, r in found.items()},
          {"memory": "spec_error", "cpus": "spec_error", "case": "spec_error", "after": "policy_rejected"}, "verdicts")
    contains(found["cpus"]["error"]["message"], f"{processors} processors, and this host has {processors - 1}", "both figures")
    contains(found["memory"]["error"]["message"], "MiB of memory, and this host has", "both figures")


@test("good tasks between bad lines run; the last line needs no newline; CRLF is fine")
def mixed(t):
    lines = b'{\n\n{"id":"crlf","argv":["echo","1"]}\r\n\xff\xff\n{"id":"last","argv":["echo","2"]}'
    ended = t.mayfly("batch", "--keep-order", "-", stdin=lines)
    found = [(r["line"], r.get("id"), r["verdict"], r["stdout"]) for r in ended.records()]
    equal(found, [(1, "line-1", "spec_error", ""), (3, "crlf", "ok", "1\n"), (4, "line-4", "spec_error", ""),
                  (5, "last", "ok", "2\n")], "results")
    equal(ended.status, 0, "status")


@test("a line over --max-line is refused by its number, wherever it is")
def long_lines(t):
    fits = json.dumps({"argv": ["true"], "permissions": [], "labels": {"x": ""}})
    fits = fits.replace('""', '"' + "x" * (1024 - len(fits) - 1) + '"')
    equal(len(fits), 1023, "length of the line that fits")
    for last in (b"", b"\n"):
        lines = b"\n".join([b"x" * 1025, fits.encode(), b"y" * 300_000, fits.encode(), b"z" * 5000]) + last
        ended = t.mayfly("batch", "--max-line", "1k", "-", stdin=lines)
        found = sorted((r["line"], r["verdict"]) for r in ended.records())
        good, bad = "policy_rejected", "spec_error"
        equal(found, [(1, bad), (2, good), (3, bad), (4, good), (5, bad)], f"results with a last {last}")
        contains(ended.out.decode(), "--max-line", "message")


@test("a megabyte of brackets, and other lines made to hurt a parser")
def hostile_lines(t):
    lines = ["[" * MIB, '{"a":' * 200_000, '{"argv":' + "[" * MIB + "]" * MIB + "}", '"' + "\\u0041" * 200_000 + '"',
             "9" * MIB, '{"argv":["true"],' + ",".join(f'"k{n}":1' for n in range(50_000)) + "}",
             '{"argv":["true"],"permissions":[],"labels":{' + ",".join(f'"k{n}":1' for n in range(50_000)) + "}}"]
    ended = t.batch(lines)
    equal([r["verdict"] for r in ended.records()], ["spec_error"] * 6 + ["policy_rejected"], "verdicts")
    for record in ended.records()[:6]:
        check(len(record["error"]["message"]) < 2000, f"a message of {len(record['error']['message'])} bytes")


@test("a bad line of 20 MiB costs a result, and no more memory than a line may have")
def huge_line(t):
    ended = t.batch(["x" * (20 * MIB), {"id": "after", "argv": ["true"], "permissions": []}])
    equal([(r["line"], r["verdict"]) for r in ended.records()], [(1, "spec_error"), (2, "policy_rejected")], "results")


@test("--source-root: files of the host below it, and nowhere else")
def source_root(t):
    root = t.folder / "root"
    root.mkdir()
    (root / "in").write_text("inside\n")
    (root / "up").symlink_to("/etc/passwd")
    t.write("secret", "outside\n")

    def task(name, src):
        return {"id": name, "argv": ["cat", "f"], "files": [{"path": "f", "src": src}]}

    tasks = [task("in", "in"), task("dots", "../secret"), task("link", "up"), task("absolute", "/etc/passwd"),
             task("folder", "."), task("none", "none")]
    found = {r["id"]: r for r in t.batch(tasks, "--source-root", root).records()}
    equal((found["in"]["verdict"], found["in"]["stdout"]), ("ok", "inside\n"), "inside")
    for name in ("dots", "link", "absolute", "folder", "none"):
        equal(found[name]["verdict"], "spec_error", f"verdict of '{name}'")


@test("permissions: by name as written, by resolved path, and never by a part of a name")
def permissions(t):
    def task(name, argv, allowed):
        return {"id": name, "argv": argv, "permissions": allowed}

    tasks = [task("written", ["echo", "1"], ["echo"]), task("resolved", ["echo", "2"], ["/usr/bin/echo", "/bin/echo"]),
             task("other", ["echo", "3"], ["/tmp/echo"]), task("none", ["echo", "4"], []),
             task("path", ["/bin/echo", "5"], ["echo"]), task("part", ["echo", "6"], ["ech", "echoo"])]
    found = {r["id"]: (r["verdict"], r["stdout"]) for r in t.batch(tasks).records()}
    equal(found, {"written": ("ok", "1\n"), "resolved": ("ok", "2\n"), "other": ("policy_rejected", ""),
                  "none": ("policy_rejected", ""), "path": ("policy_rejected", ""), "part": ("policy_rejected", "")})


@test("a program's words that do not fit in a request are a spec_error, and no machine's fault")
def too_many_words(t):
    tasks = [{"id": "argument", "argv": ["true", "x" * 1_200_000]}, {"id": "arguments", "argv": ["true"] + ["x"] * 400_000},
             {"id": "variable", "argv": ["true"], "env": {"A": "\x01" * 300_000}},
             {"id": "permissions", "argv": ["true"], "permissions": ["true"] + ["x" * 100] * 12_000}]
    found = {r["id"]: (r["verdict"], r["attempts"]) for r in t.batch(tasks).records()}
    equal({name: verdict for name, (verdict, _) in found.items()}, {task["id"]: "spec_error" for task in tasks}, "verdicts")


@test("many arguments, a long one, and a large file and stdin are all right")
def large_tasks(t):
    tasks = [{"id": "many", "argv": ["sh", "-c", "echo $#", *["x"] * 20_001]},
             {"id": "long", "argv": ["sh", "-c", "echo ${#0}", "x" * 100_000]},
             {"id": "x" * 64, "argv": ["echo", "hi"]},
             {"id": "file", "argv": ["sh", "-c", "wc -c < f; wc -c"], "files": [{"path": "f", "content": "y" * 6_000_000}],
              "stdin": "z" * 3_000_000}]
    found = {r["id"]: r["stdout"] for r in t.batch(tasks).records()}
    equal(found, {"many": "20000\n", "long": "100000\n", "x" * 64: "hi\n", "file": "6000000\n3000000\n"}, "outputs")


@test("a directory that cannot be had is the task's fault")
def bad_directory(t):
    tasks = [{"id": f"t{n}", "argv": ["true"], "cwd": cwd} for n, cwd in
             enumerate(("/etc/passwd", "/etc/passwd/x", "/proc/nowhere"))]
    for record in t.batch(tasks).records():
        equal((record["verdict"], record["exit_code"], record["attempts"]), ("nonzero_exit", 126, 1), f"record {record}")


@test("a file that cannot be written where it should go is the task's fault, or the line's where that can be seen from its path")
def bad_file(t):
    def task(name, *paths):
        return {"id": name, "argv": ["true"], "absolute_files": True, "files": [{"path": path, "content": "x"} for path in paths]}

    refused = [task("below-a-file", "a", "a/x"), task("over-a-folder", "d/x", "d"), task("elsewhere", "/data/x", "/data")]
    wrong = [task(f"system-{n}", path) for n, path in enumerate(("/etc", "/etc/passwd/x", "/proc/nowhere/x"))]
    records = by_id(t.batch([*refused, *wrong]).records())
    for tasks, expected in ((refused, ("spec_error", "files_refused", 1)), (wrong, ("spec_error", "spec_invalid", 0))):
        for record in (records[one["id"]] for one in tasks):
            equal((record["verdict"], record["error"]["code"], record["attempts"]), expected, f"record {record}")


@test("tasks wait where those that run may come to print more than a batch may hold")
def little_room(t):
    tasks = [shell("sleep 5", id="first"), shell("true", id="second"), shell("true", id="third")]
    ended = t.batch(tasks, "--jobs", "3", "--max-held", "1M", "--memory", "64M")
    found = [(r["id"], r["verdict"]) for r in ended.records()]
    equal(found, [(name, "ok") for name in ("first", "second", "third")], "results, in order")


ODD_LIMITS = {"timeout_ms": 1, "total_ms": 1, "output_bytes": 0, "memory_bytes": 4 * MIB, "cpu_ms": 1, "disk_bytes": 1,
              "io_bytes_per_s": 65536, "cpus": 0.01, "processes": 1, "open_files": 1, "file_bytes": 1, "stdout_bytes": 1,
              "stderr_bytes": 1}
IN_THE_SANDBOX_ONLY = ("processes", "open_files", "file_bytes", "stdout_bytes", "stderr_bytes")
NO_FILES = ["/dev/zero", "/proc/kcore", "/proc/kmsg", "/etc", "/none", "/sys/kernel/notes", "/proc/self/mem", "pipe"]
ODD = [{"cwd": "/"}, {"cwd": "/proc/self"}, {"cwd": "/sys/fs/cgroup"}, {"cwd": "/dev/shm/x"}, {"cwd": "/usr"},
       {"cwd": "/" + "d/" * 2000},
       {"argv": ["x" * 200_000]}, {"argv": ["true", "x" * 200_000]}, {"argv": ["true"] + ["x" * 1000] * 900},
       {"argv": ["/etc"]}, {"argv": ["a/b"]},
       {"env": {"A": "x" * 200_000}}, {"env": {"PATH": ""}}, {"env": {"LD_PRELOAD": "/none", "HOME": "", "IFS": "x"}},
       {"artifacts": NO_FILES, "argv": ["mkfifo", "pipe"]}, {"stdin": "x" * 2_000_000},
       {"files": [{"path": "d/" * 1000 + "f", "content": "x"}]}, {"files": [{"path": "f", "content": "x", "mode": "7777"}]},
       {"files": [{"path": "a", "content": "x"}, {"path": "a/b", "content": "x"}]},
       {"files": [{"path": f"f{n}", "content": ""} for n in range(300)]},
       {"permissions": ["true", "/usr/bin/true"]}, {"labels": {"a": "\u009b" * 1000}}]


@test("no field of a line makes an infrastructure failure", limit=600)
def odd_tasks(t):
    def odd_ones(sandbox):
        limits = {name: value for name, value in ODD_LIMITS.items() if sandbox or name not in IN_THE_SANDBOX_ONLY}
        return ODD + [{"limits": {name: value}} for name, value in limits.items()]

    tasks = [{"id": f"{'in' if sandbox else 'out'}-{n}", "argv": ["true"], "sandbox": sandbox} | odd
             for sandbox in (False, True) for n, odd in enumerate(odd_ones(sandbox))]
    ended = t.batch(tasks, "--retries", "0", "--memory", "64M")
    found = by_id(ended.records())
    for task in tasks:
        record = found[task["id"]]
        check(record["fault"] != "infra", f"{json.dumps(task)[:200]}: {record.get('error')}")
