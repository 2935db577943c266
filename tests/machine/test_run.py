# SPDX-License-Identifier: Apache-2.0
"""mayfly run: what goes in, what comes out, and how it ends."""

import hashlib
import os
import subprocess
import time

from harness import Skip, check, command_of_user, contains, equal, test

MIB = 1 << 20


@test("stdout and stderr are kept apart, and the exit code is the program's")
def outputs(t):
    ended = t.run("sh", "-c", "echo out; echo err >&2; exit 7")
    equal(ended.status, 7, "status")
    equal(ended.out, b"out\n", "stdout")
    equal(ended.err, "err\n", "stderr")


@test("4 MiB of random bytes come out as they were")
def large_output(t):
    ended = t.run("sh", "-c", f"head -c {4 * MIB} /dev/urandom > x; sha256sum < x >&2; cat x")
    equal(ended.status, 0, "status")
    equal(len(ended.out), 4 * MIB, "bytes")
    equal(hashlib.sha256(ended.out).hexdigest(), ended.err.split()[0], "digest")


@test("4 MiB of stdin go through cat as they are")
def large_input(t):
    data = os.urandom(4 * MIB)
    ended = t.run("cat", options=("-i",), stdin=data)
    equal(ended.status, 0, "status")
    check(ended.out == data, f"{len(ended.out)} other bytes came back")


@test("a small stdin")
def small_input(t):
    ended = t.run("cat", options=("-i",), stdin=b"abc")
    equal((ended.status, ended.out), (0, b"abc"), "end")


@test("4 MiB of stdin that the program never reads do no harm")
def unread_input(t):
    ended = t.run("echo", "done", options=("-i",), stdin=bytes(4 * MIB))
    equal((ended.status, ended.out), (0, b"done\n"), "end")


@test("a program that closes its stdin early goes on")
def closed_input(t):
    ended = t.run("sh", "-c", "exec <&-; echo still here", options=("-i",), stdin=bytes(4 * MIB))
    equal((ended.status, ended.out), (0, b"still here\n"), "end")


@test("stdin that stays open is a dialogue, and does not keep mayfly")
def open_input(t):
    live = t.start("run", "-i", "--", "sh", "-c", 'echo name?; read name; echo "hello $name"', stdin=subprocess.PIPE)
    live.wait_out("name\\?\n")
    live.stdin.write(b"Ada\n")
    live.wait_out("hello Ada\n")
    equal(live.wait().status, 0, "status")


@test("without -i the program's stdin is empty")
def no_input(t):
    ended = t.run("wc", "-c", stdin=b"not for you")
    equal((ended.status, ended.out), (0, b"0\n"), "end")


@test("a time-out is 124, and what was printed before is kept")
def timeout(t):
    ended = t.run("sh", "-c", "echo before; sleep 600; echo after", options=("--timeout", "1s"))
    equal((ended.status, ended.out), (124, b"before\n"), "end")
    contains(ended.err, "longer than 1000 ms", "stderr")


@test("a time-out also ends what the program started, and what ignores signals")
def timeout_of_tree(t):
    ended = t.run("sh", "-c", "trap '' TERM INT HUP; setsid sleep 600 & sleep 600 | sleep 600", options=("--timeout", "1s"))
    equal(ended.status, 124, "status")


@test("a background process that holds stdout open does not keep the program")
def straggler(t):
    ended = t.run("sh", "-c", "sleep 600 & echo parent is done")
    equal((ended.status, ended.out), (0, b"parent is done\n"), "end")


@test("no such program is 127 with a message")
def not_found(t):
    ended = t.run("/no/such/thing")
    equal((ended.status, ended.out), (127, b""), "end")
    contains(ended.err, "/no/such/thing", "stderr")


@test("a name that is nowhere in PATH is 127 too")
def not_in_path(t):
    ended = t.run("no-such-thing")
    equal(ended.status, 127, "status")
    contains(ended.err, "no-such-thing", "stderr")


@test("a file that cannot be executed is 126 with a message")
def not_executable(t):
    ended = t.run("/etc/passwd")
    equal((ended.status, ended.out), (126, b""), "end")
    contains(ended.err, "/etc/passwd", "stderr")


@test("a script whose interpreter does not exist is 126")
def no_interpreter(t):
    script = t.write("script", "#!/no/such/interpreter\n", 0o755)
    ended = t.run("./script", options=("--file", f"{script}:script"))
    equal(ended.status, 126, "status")


@test("signal N is 128 + N")
def signalled(t):
    equal(t.run("sh", "-c", "kill -SEGV $$").status, 139, "status")


@test("the environment is what was asked for, and no more")
def environment(t):
    options = ("-e", "A=1 [x,y]", "-e", "FROM_HERE", "-e", "NOT_SET_HERE", "-e", "HOME=/elsewhere", "--env", "EMPTY=")
    ended = t.run("env", "-0", options=options, env={"FROM_HERE": "passed on", "SECRET": "kept"})
    found = dict(line.split("=", 1) for line in ended.out.decode().split("\0") if line)
    path = found.pop("PATH", "")
    contains(path, "/usr/bin", "PATH")
    equal(found, {"A": "1 [x,y]", "FROM_HERE": "passed on", "HOME": "/elsewhere", "EMPTY": "", "LANG": "C.UTF-8"})


@test("the working directory is made")
def directory(t):
    ended = t.run("pwd", options=("-w", "/made/for this"))
    equal((ended.status, ended.out), (0, b"/made/for this\n"), "end")


@test("arguments arrive as they were given")
def arguments(t):
    given = ["[a,b]", "", "[ 1 = 1 ]", "[]", "--timeout", "-x", "a b", "{}", '"q"', "'", "%d", "ü→", "--", "new\nline", "\\"]
    ended = t.run("printf", "%s\\0", *given)
    equal(ended.out.decode().split("\0")[:-1], given, "arguments")


@test("output over the limit is cut there, and is 153")
def output_limit(t):
    ended = t.run("yes", options=("--output-limit", "64k"))
    equal(ended.status, 153, "status")
    check(ended.out == b"y\n" * 32768, f"{len(ended.out)} bytes came, or others than written")
    contains(ended.err, "65536", "stderr")


@test("output of exactly the limit is all right, and the two streams share it")
def output_at_limit(t):
    script = "head -c 600 /dev/zero; head -c 400 /dev/zero >&2"
    ended = t.run("sh", "-c", script, options=("--output-limit", "1000"))
    equal((ended.status, len(ended.out), len(ended.err)), (0, 600, 400), "end")


@test("several processors and much memory can be had")
def shape(t):
    t.plain_image()
    script = "nproc; awk '/MemTotal/ { print int($2 / 1024) }' /proc/meminfo"
    ended = t.run("sh", "-c", script, options=("--cpus", "2", "--memory", "1G"))
    processors, memory = map(int, ended.out.split())
    equal(processors, 2, "processors")
    check(1000 <= memory <= 1100, f"{memory} MiB of memory")


@test("a machine has no network but its own loopback")
def network(t):
    script = "ls /sys/class/net; python3 -c 'import socket; socket.create_connection((\"192.0.2.1\", 80), 5)'"
    ended = t.run("sh", "-c", script)
    equal((ended.status, ended.out), (1, b"lo\n"), "end")
    contains(ended.err, "unreachable", "stderr")


@test("the guest's clock shows the host's time and keeps its pace")
def clock(t):
    live = t.start("run", "--", "sh", "-c", "date +%s.%N; sleep 4; date +%s.%N")
    live.wait_out("\n")
    first = time.time()
    live.wait_out("\n.*\n")
    second = time.time()
    begin, end = map(float, live.wait().out.split())
    check(abs(begin - first) < 3 and abs(end - second) < 3, f"{begin} and {end} in the guest, {first} and {second} here")


@test("each machine has randomness of its own")
def randomness(t):
    command = ("sh", "-c", "cat /proc/sys/kernel/random/uuid /proc/sys/kernel/random/boot_id")
    first, second = t.run(*command).out.split(), t.run(*command).out.split()
    equal(len({*first, *second}), 4, "different values")


@test("kill -9 -1 in a machine kills neither the agent nor the answer")
def kill_everything(t):
    ended = t.run("sh", "-c", "sleep 600 & kill -9 -1; echo alive")
    equal((ended.status, ended.out), (0, b"alive\n"), "end")


@test("stdin from a terminal")
def terminal(t):
    ours, theirs = os.openpty()
    live = t.start("run", "-i", "--", "cat", stdin=theirs)
    os.close(theirs)
    os.write(ours, b"hello\n")
    live.wait_out("hello\n")
    os.write(ours, b"\x04")
    ended = live.wait()
    os.close(ours)
    equal((ended.status, ended.out), (0, b"hello\n"), "end")


@test("a state directory with blanks and commas in its name, given relative to here")
def odd_home(t):
    (t.folder / "a b,c").symlink_to(t.home)
    ended = t.run("echo", "hi", options=("--home", "a b,c"))
    equal((ended.status, ended.out), (0, b"hi\n"), "end")


@test("a program compiled in the machine")
def compiled(t):
    source = t.write("main.c", '#include <stdio.h>\nint main(void) { puts("compiled"); }\n')
    ended = t.run("sh", "-c", "gcc -O2 -o /tmp/a /tmp/main.c && /tmp/a", options=("--file", f"{source}:/tmp/main.c"))
    equal((ended.status, ended.out), (0, b"compiled\n"), "end")


@test("as an ordinary user")
def ordinary_user(t):
    if os.geteuid() != 0:
        raise Skip("this user is one; the other tests show it")
    if not os.access("/usr/bin/setpriv", os.X_OK):
        raise Skip("no setpriv here")
    t.plain_image()
    for folder in (t.folder, t.home, t.home / "cache", t.home / "cache/digests", t.private_templates()):
        os.chown(folder, 65534, 65534)
    program = t.folder / "mayfly"  # the real one may be where that user cannot go
    program.write_bytes(t.setting.mayfly.read_bytes())
    program.chmod(0o755)
    ended = t.start_program([*command_of_user(65534), program, "run", "--", "echo", "hi"]).wait()
    equal((ended.status, ended.out, ended.err), (0, b"hi\n", ""), "end")


@test("an artifact may come back to the file that went in; two for one place, and a record in the place of a source, are refused")
def places(t):
    kept = t.write("in.txt", "one\n")
    equal(t.mayfly("run", "--file", f"{kept}:in.txt", "--artifact", f"in.txt:{kept}", "--", "sh", "-c", "echo two >>in.txt").status, 0, "status")
    equal(kept.read_text(), "one\ntwo\n", "what came back")
    source = t.write("main.py", "print(1)\n")
    for options in (("--meta", source, source), ("--artifact", f"a:{kept}", "--artifact", f"b:{kept}", "--", "true"), ("--artifact", f"a:{kept}", "--meta", kept, "--", "true")):
        ended = t.mayfly("run", *options)
        equal((ended.status, ended.out), (125, b""), f"end with {options}")
        contains(ended.err, "is named twice", "stderr")
    equal((kept.read_text(), source.read_text()), ("one\ntwo\n", "print(1)\n"), "the files")
