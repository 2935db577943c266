# SPDX-License-Identifier: Apache-2.0
"""The sandbox inside the guest, by the agent's own words: what a program finds in it, what it cannot do, and its limits.

The machine is one without mayfly (agent_machine.py), so that each test can say exactly what the host asks for.
"""

import contextlib
import json
from pathlib import Path

from agent_machine import AgentMachine
from harness import check, contains, equal, test

MIB = 1 << 20
HERE = "/work"
CHECKER = "/run/checker"  # the directory of a task's checker
PROBES = Path(__file__).resolve().parent / "sandbox_probes"
USER = 1000


@contextlib.contextmanager
def machine(t, **options):
    """Put `sandboxed(machine, …)` into it."""
    live = AgentMachine(t.setting, **options)
    try:
        yield live
    finally:
        live.close()


def sandboxed(m, *argv, memory_bytes=0, timeout=60_000, stdin=False, cwd="", **limits):
    limit = {"memory_bytes": memory_bytes} if memory_bytes else {}
    return m.execute(*argv, cwd=cwd, timeout=timeout, stdin=stdin, **limit, sandbox={"directory": HERE} | limits)


def probe(m, name, *arguments, **limits):
    """What a probe (a program in sandbox_probes) found, as {question: answer}."""
    m.put(f"{HERE}/{name}.py", (PROBES / f"{name}.py").read_text())
    answer = sandboxed(m, "python3", "-I", f"{name}.py", *arguments, **limits)
    equal(answer.ending(), "exit 0", f"{name}: {answer.err.decode()[-600:]}")
    return json.loads(answer.out)


def compile_c(m, name, text):
    m.put(f"{HERE}/{name}.c", text)
    equal(sandboxed(m, "gcc", "-O1", "-o", name, f"{name}.c").ending(), "exit 0", "gcc")
    return f"./{name}"


@test("a fresh directory: a program finds and runs what is there and can change all of it, and the next one finds it as it was")
def fresh(t):
    change = ("echo new >given; echo x >other; mkdir deep; rm gone; chmod 700 given; mv tool old; ./old; ls -n given | cut -d' ' -f3,4; "
              "echo .* *; cat given")
    with machine(t) as m:
        m.put(f"{HERE}/given", "given\n")
        m.put(f"{HERE}/gone", "")
        m.put(f"{HERE}/tool", "#!/bin/sh\necho tool\n", mode=0o755)
        for _ in range(2):
            answer = sandboxed(m, "sh", "-c", change, fresh=True)
            equal((answer.ending(), answer.err), ("exit 0", b""), "one that changes all")
            equal(answer.out.decode(), f"tool\n{USER} {USER}\n. .. deep given old other\nnew\n", "what it finds")
        equal(sandboxed(m, "sh", "-c", "echo *; cat given").out, b"given gone tool\ngiven\n", "what is left")
        contains(sandboxed(m, "sh", "-c", "echo x >/etc/x; mount", fresh=True).err.decode(), "/etc/x", "the rest can only be read")


@test("a program is an ordinary user without privileges, in a system that it can only read")
def ordinary(t):
    with machine(t) as m:
        m.put(f"{HERE}/given", "text")
        found = probe(m, "surroundings")
        equal(found["ids"], [USER] * 4 + [[]], "uids, gids and groups")
        equal(set(found["capabilities"]), {0}, "sets of capabilities")
        equal((found["no_new_privileges"], found["seccomp"]), (1, 2), "no new privileges, and a filter")
        equal(found["descriptors"], [0, 1, 2], "open descriptors")
        equal((found["pid"], found["parent"], found["processes"]), (2, 0, [2]), "processes that it sees")
        equal(found["cgroup"], "0::/\n", "cgroup")
        equal(found["devices"], sorted("fd full null random shm stderr stdin stdout urandom zero".split()), "devices")
        equal({name for name, kinds in found["full"].items() if kinds}, {HERE}, "full among places of its own")
        equal(found["own"], [f"{HERE}/given", f"{HERE}/surroundings.py"], "what is put there is its own")
        equal(found["writable"], sorted([HERE, "/dev/shm", "/tmp"]), "where it can make files")
        equal(found["refused"], sorted(set(found["tried"]) - set(found["writable"])), "where it cannot")
        equal(found["core"], [0, 0], "size of a core file")
        # What it leaves on the disk is root's there.
        equal(m.execute("stat", "-c", "%u:%g", f"{HERE}/made").out, b"0:0\n", "owner on the disk")


@test("system calls that no program needs are refused; what programs do need works")
def system_calls(t):
    with machine(t) as m:
        found = probe(m, "system_calls")
        wrong = {name: error for name, error in found["denied"].items() if error != "EPERM"}
        equal(wrong, {}, "answers to what is to be denied")
        check(len(found["denied"]) > 60, f"only {len(found['denied'])} calls were tried")
        equal(found["clone3"], "ENOSYS", "clone3")
        equal(found["sockets"], {"unix": "", "inet": "", "netlink route": "EAFNOSUPPORT", "netlink uevent": "EAFNOSUPPORT",
                                 "packet": "EAFNOSUPPORT", "vsock": "EAFNOSUPPORT", "alg": "EAFNOSUPPORT"}, "sockets")
        equal(found["useful"], {"threads": "", "processes": "", "shared memory": "", "loopback": "", "personality": "",
                                "temporary files": "", "/dev/stdout": "", "meminfo": "", "cpuinfo": ""}, "what works")


@test("the agent, its port, the disk and other processes are out of reach")
def out_of_reach(t):
    with machine(t) as m:
        found = probe(m, "reach")
        equal(found["opened"], [], "opened")
        equal(found["signalled"], [], "signalled")
        equal(found["landlock"], "EACCES", "a file of its own that only Landlock keeps it from writing")
        equal(sandboxed(m, "sh", "-c", "kill -9 -1; kill -9 1; echo alive").ending(), "exit 0", "kill -1")
        equal(m.ask("ping")["stdout"], "pong\n", "the agent's answer")


@test("a checker's room is the checker's alone, and is there when a program has filled the disk; what is put into it follows no link")
def checker_room(t):
    names = ("/run/checker", "/run/checker/secret", "/checker", "/run/frozen", "/.mayfly/1")
    look = f"import os\nprint([n for n in {names} if os.path.lexists(n)], os.listdir('/run'))"
    with machine(t) as m:
        m.ask("put", path="secret", cwd=CHECKER, data="answer\n", mode=0o600, eof=True)
        equal(sandboxed(m, "python3", "-c", look).out, b"[] []\n", "what a program sees of it")
        equal(sandboxed(m, "sh", "-c", "ln -s /run/checker room; ln -s /run/checker/secret secret; cat room/secret secret").out, b"", "by a link")
        for path in ("room/secret", "secret", "../run/checker/secret"):
            equal(m.ask("put", path=path, cwd=HERE, data="forged", eof=True)["status"], "error", f"put {path}")
        fill = "import os\ntry:\n for n in range(1000): os.posix_fallocate(os.open(f'big{n}', os.O_RDWR | os.O_CREAT), 0, 1 << 30)\nexcept OSError as e: print(e.errno)"
        sandboxed(m, "python3", "-c", fill)
        contains(sandboxed(m, "sh", "-c", "head -c 1000000 /dev/zero >more").err.decode(), "No space left", "the program's own disk")
        m.ask("put", path="output", cwd=CHECKER, data="x" * 100_000, mode=0o600, eof=True)
        checker = "ls -A; cat secret; wc -c <output; echo x >made; echo y >/run/other || ls -A /tmp"
        for _ in range(2):
            judged = sandboxed(m, "sh", "-c", checker, directory=CHECKER, cwd=CHECKER, fresh=True)
            equal(judged.out, b"output\nsecret\nanswer\n100000\n", f"what the checker sees: {judged}")


@test("a file put into /tmp is there for each program, which has a fresh one all the same; what it left there can be fetched as it saw it")
def tmp_files(t):
    with machine(t) as m:
        m.put("/tmp/in.txt", "given\n")
        m.put("/tmp/deep/in.txt", "too\n")
        use = ("ls -A /tmp; cat /tmp/in.txt /tmp/deep/in.txt; echo new >/tmp/in.txt; echo made >/tmp/out.txt; echo deep >/tmp/deep/out.txt; mkdir /tmp/own; "
               "ln -s /tmp/out.txt link; ln -s /proc/1/environ agent; ln -s /etc/shadow shadow; stat -c %a,%u /tmp /tmp/in.txt; rm /tmp/deep/in.txt")
        for _ in range(2):
            answer = sandboxed(m, "sh", "-c", use, fresh=True)
            equal((answer.out, answer.err), (b"deep\nin.txt\ngiven\ntoo\n1777,0\n644,1000\n", b""), "what it finds")
        m.execute("rm", "-rf", f"{HERE}/link")

        def get(path):
            reply = m.ask("get", path=path, cwd=HERE, max_bytes=1000, confined=True)
            return reply.get("data", reply.get("reason"))

        equal(get("/tmp/out.txt"), "not_found", "of one that was not to be kept")
        sandboxed(m, "sh", "-c", use, keep=True)
        sandboxed(m, "true", directory=CHECKER, cwd=CHECKER, fresh=True)
        wanted = {"/tmp/out.txt": "made\n", "/tmp/in.txt": "new\n", "/tmp/deep/out.txt": "deep\n", "link": "made\n", "agent": "failed", "shadow": "failed",
                  "/proc/1/environ": "failed", "/run/checker/x": "not_found", "/tmp/deep/in.txt": "not_found", "../tmp/out.txt": "made\n"}
        equal({path: get(path) for path in wanted}, wanted, "what is fetched")
        sandboxed(m, "true")
        equal(get("/tmp/out.txt"), "not_found", "when another has run")


@test("what is written in a fresh directory is on the disk and not in memory, is gone afterwards, and is nobody else's to see")
def fresh_on_disk(t):
    write = "head -c 60000000 /dev/zero >big && mkdir -p many/deep && cd many && for i in 1 2 3 4 5 6 7 8 9; do echo x >$i; done; echo done"
    with machine(t) as m:
        def free():
            return [int(word) for word in m.execute("stat", "-f", "-c", "%f %d", "/").out.split()]

        sandboxed(m, "true", fresh=True)
        blocks, inodes = free()
        for fresh in (True, True, False):
            equal(sandboxed(m, "sh", "-c", write, fresh=fresh, memory_bytes=32 * MIB).out, b"done\n", f"60 MB beside 32 MiB, fresh {fresh}")
            if fresh:
                left_blocks, left_inodes = free()
                check(left_inodes == inodes and blocks - left_blocks < 1000, f"{blocks, inodes} became {left_blocks, left_inodes}")
        equal(m.execute("ls", "-A", "/.mayfly").out, b"", "what is left of them")
        equal(sandboxed(m, "ls", "/.mayfly").ending(), "exit 2", "another program's look")


@test("programs are strangers to each other: no counter of /proc or of the network goes on from one to the next")
def strangers(t):
    by_itself = {"/proc/meminfo", "/proc/uptime", "/proc/sys/kernel/random/uuid"}  # they change, whatever a program does
    with machine(t) as m:
        first = probe(m, "counters")
        probe(m, "counters", "count", fresh=True)
        second = probe(m, "counters")
        changed = {name for name in first.keys() | second.keys() if first.get(name) != second.get(name)}
        equal(changed - by_itself, set(), "what one finds changed that another did")
        check(len(first) > 100 and {"/proc/stat", "net/snmp"} <= first.keys(), f"only {len(first)} were looked at")


@test("numbers that the kernel gives to what programs make tell nothing of what others made")
def numbers_apart(t):
    with machine(t) as m:
        first, second = probe(m, "numbers"), probe(m, "numbers", fresh=True)
        for name, number in first["numbers"].items():
            check(abs(number - second["numbers"][name]) > 10_000, f"{name}: {number}, then {second['numbers'][name]}")
        ports = first["ports"] + second["ports"]
        check(ports not in (sorted(ports), sorted(ports, reverse=True)), f"ports {ports}")
        equal(first["sysinfo"], [0, 0, 0, 0], "loads and processes")


@test("what the kernel keeps for a program counts against its memory, or cannot be had")
def kernel_memory(t):
    with machine(t, memory_mib=1024) as m:
        m.execute("python3", "-c", "import ctypes, fcntl, resource, socket")  # whose pages are not the first program's
        for way in ("pipes", "streams", "datagrams", "tcp", "udp", "corked", "messages", "locks", "netlink"):
            m.put(f"{HERE}/kernel_memory.py", (PROBES / "kernel_memory.py").read_text())
            answer = sandboxed(m, "python3", "-I", "kernel_memory.py", way, "200", memory_bytes=32 * MIB, open_files=10_000, timeout=120_000)
            check(answer.ending() in ("out_of_memory", "exit 3"), f"{way}: {answer}")
        for way in ("heap", "b = bytearray(3 << 30)"), ("children", "import os\nfor _ in range(9): os.fork()\nb = bytearray(30 << 20)\nos.wait()"):
            answer = sandboxed(m, "python3", "-c", way[1], memory_bytes=8 << 30, processes=600)
            equal(answer.ending(), "out_of_memory", f"more than the machine has: {way[0]}")
        equal(sandboxed(m, "python3", "-c", "import socket; print(socket.getaddrinfo('localhost', 80)[0][4][0])").out, b"127.0.0.1\n", "names")


@test("limits of processes, descriptors and files are errors to the program")
def limits(t):
    with machine(t) as m:
        equal(probe(m, "count", "processes", processes=10), {"made": 9, "error": "EAGAIN"}, "processes")
        equal(probe(m, "count", "threads", processes=10), {"made": 9, "error": "EAGAIN"}, "threads")
        equal(probe(m, "count", "files", open_files=50), {"made": 47, "error": "EMFILE"}, "files")
        equal(probe(m, "count", "orphans", processes=8), {"made": 100, "error": ""}, "orphans that ended")
        large = ("sh", "-c", "head -c 3000000 /dev/zero > large")
        equal(sandboxed(m, *large, file_bytes=2 * MIB).ending(), "exit 153", "the shell of one with too large a file")
        equal(sandboxed(m, "stat", "-c", "%s", "large").out, b"2097152\n", "size of the file")
        equal(sandboxed(m, *large).ending(), "exit 0", "the same without a limit")


@test("CPU time is that of the whole tree, and the tree is killed for it; sleeping costs nothing")
def cpu_time(t):
    busy = "while :; do :; done"
    with machine(t) as m:
        answer = sandboxed(m, "sh", "-c", busy, cpu_ms=500)
        equal(answer.ending(), "exceeded cpu_ms", f"busy: {answer}")
        check(500 <= answer.reply["usage"]["cpu_ms"] < 700, f"CPU time of {answer.reply}")
        equal(sandboxed(m, "sh", "-c", f"({busy})& ({busy})& wait", cpu_ms=500).ending(), "exceeded cpu_ms", "children")
        equal(sandboxed(m, "sleep", "2", cpu_ms=500).ending(), "exit 0", "sleeping")
        equal(sandboxed(m, "sh", "-c", busy, cpu_ms=60_000, timeout=500).ending(), "timed_out", "wall time")
    with machine(t, processors=2) as m:
        answer = sandboxed(m, "sh", "-c", f"({busy})& ({busy})& wait", cpu_ms=500)
        equal(answer.ending(), "exceeded cpu_ms", f"on two processors: {answer}")
        check(500 <= answer.reply["usage"]["cpu_ms"] < 800, f"CPU time of {answer.reply}")


@test("an output beyond its limit ends the program, and the limit's bytes are what is sent")
def outputs(t):
    with machine(t) as m:
        for name, redirection in (("stdout", ""), ("stderr", ">&2")):
            endless = sandboxed(m, "sh", "-c", f"yes {redirection}", **{f"{name}_bytes": 100_001})
            equal(endless.ending(), f"exceeded {name}_bytes", name)
            equal((len(endless.out), len(endless.err)), (100_001, 0) if name == "stdout" else (0, 100_001), name)
        exact = sandboxed(m, "head", "-c", "5000", "/dev/zero", stdout_bytes=5000, stderr_bytes=1)
        equal((exact.ending(), len(exact.out)), ("exit 0", 5000), "exactly the limit")
        over = sandboxed(m, "head", "-c", "5001", "/dev/zero", stdout_bytes=5000)
        equal((over.reply.get("exceeded"), len(over.out)), ("stdout_bytes", 5000), "one more, though it ends by itself")
        equal(sandboxed(m, "true").ending(), "exit 0", "the next program")


@test("out of memory is told from a kill; /tmp and /dev/shm count; the stack grows until there")
def memory(t):
    with machine(t) as m:
        hog = "b = bytearray(400 << 20)"
        equal(sandboxed(m, "python3", "-c", hog, memory_bytes=64 * MIB).ending(), "out_of_memory True".split()[0], "heap")
        for place in ("/tmp", "/dev/shm"):
            fill = sandboxed(m, "dd", "if=/dev/zero", f"of={place}/x", "bs=1M", "count=200", memory_bytes=64 * MIB)
            equal(fill.ending(), "out_of_memory", place)
        full = sandboxed(m, "dd", "if=/dev/zero", "of=/tmp/x", "bs=1M", "count=500")
        equal(full.ending(), "exit 1", "more than /tmp holds")
        contains(full.err.decode(), "No space left on device")
        equal(sandboxed(m, "sh", "-c", "kill -9 $$", memory_bytes=64 * MIB).ending(), "signal 9", "a kill")
        deep = compile_c(m, "deep", "#include <stdlib.h>\nint down(int n) { volatile char a[1000]; a[0] = 1;"
                         " return n ? down(n - 1) + a[0] : 0; }\n"
                         "int main(int c, char** v) { return c && down(atoi(v[1])) == 0; }\n")
        equal(sandboxed(m, deep, "40000", memory_bytes=64 * MIB).ending(), "exit 0", "40 MB of stack")
        equal(sandboxed(m, deep, "2000000000", memory_bytes=64 * MIB).ending(), "out_of_memory", "endless recursion")


@test("a program is not the first of its namespace: it ends by any signal, and is told apart from its orphans")
def signals(t):
    with machine(t) as m:
        for number in (1, 2, 6, 9, 11, 13, 14, 15, 31):
            equal(sandboxed(m, "sh", "-c", f"kill -{number} $$; sleep 60").ending(), f"signal {number}", "ending")
        equal(sandboxed(m, "sh", "-c", "exit 255").ending(), "exit 255", "ending")
        m.say("exec", bin="sh", args=["-c", "echo up; sleep 600"], env={"PATH": "/bin"}, sandbox={"directory": HERE})
        equal(m.read()["data"], "up\n", "output")
        equal(m.ask("signal", signal=15)["status"], "ack", "reply")
        equal(m.read()["signal"], 15, "signal that ends it")
        daemon = "(setsid sh -c 'exec sleep 600; echo late' &) ; echo $(ls /proc | grep -c '^[0-9]'); exit 3"
        answer = sandboxed(m, "sh", "-c", daemon)
        equal((answer.ending(), b"late" in answer.out), ("exit 3", False), "one that leaves a daemon")


@test("each execution begins afresh: no file in /tmp, no shared memory, no process of the one before; nothing piles up")
def afresh(t):
    with machine(t) as m:
        def state():
            words = ("cat /proc/mounts; ls /sys/fs/cgroup | grep task; ls /proc/1/fd | wc -l;"
                     " readlink /proc/[0-9]*/exe | sort; grep VmRSS /proc/1/status")
            *lines, memory_line = m.execute("sh", "-c", words).out.decode().splitlines()
            return lines, int(memory_line.split()[1])

        leave = "touch /tmp/x /dev/shm/y; ipcmk -Q >/dev/null; (setsid sleep 600 &); echo $(ls /tmp /dev/shm)"
        look = "ls /tmp /dev/shm; ls /proc | grep -c '^[0-9]'; cat /proc/sysvipc/msg | wc -l"
        for _ in range(2):
            sandboxed(m, "sh", "-c", leave)
            sandboxed(m, "true")
        before, least = state()
        for _ in range(20):
            sandboxed(m, "sh", "-c", leave)
            equal(sandboxed(m, "sh", "-c", look).out, b"/dev/shm:\n\n/tmp:\n3\n1\n", "what is there")
        after, most = state()
        equal(after, before, "mounts, cgroups, descriptors and processes of the machine")
        check(most - least < 200, f"the agent grew from {least} to {most} kB")


@test("what the host cannot mean is refused, and a directory that an earlier program redirected")
def refusals(t):
    with machine(t) as m:
        for directory in ("", "work", "/", "//", "/tmp", "/tmp/x", "/proc/1", "/dev/shm/x", "/run", "/sys/fs"):
            equal(sandboxed(m, "true", directory=directory).ending(), "refused invalid", directory)
        equal(m.execute("true", sandbox={"directory": HERE}, user=1).ending(), "refused invalid", "user and sandbox")
        equal(m.execute("true", sandbox={}).ending(), "refused invalid", "no directory")
        equal(sandboxed(m, "nothing-like-it").ending(), "refused not_found", "no such program")
        m.put(f"{HERE}/lost", "#!/no/such/interpreter\n", mode=0o755)
        equal(sandboxed(m, "./lost").ending(), "refused cannot_run", "no such interpreter")
        equal(sandboxed(m, "ln", "-s", "/usr", "case").ending(), "exit 0", "ln")
        equal(sandboxed(m, "true", directory=f"{HERE}/case").ending(), "refused cannot_run", "a link to elsewhere")
        equal(sandboxed(m, "pwd", directory=f"{HERE}/a/b").out, b"/work/a/b\n", "a directory that is made")
        equal(sandboxed(m, "touch", "../x", directory=f"{HERE}/a/b").ending(), "exit 1", "beside its own directory")
        equal(sandboxed(m, "pwd", cwd="/usr").out, b"/usr\n", "another working directory")
        m.put(f"{HERE}/sub/dir/file", "x")
        equal(sandboxed(m, "sh", "-c", "echo y > file; touch z; rm file", cwd=f"{HERE}/sub/dir").ending(), "exit 0", "below")


@test("usage is the program's own: neither the agent's nor its init's memory or time")
def usage(t):
    with machine(t) as m:
        sandboxed(m, "true")
        used = sandboxed(m, "true").reply["usage"]
        check(used["mem_kb"] < 1000, f"memory of {used}")
        used = sandboxed(m, "python3", "-c", "b = bytearray(50 << 20)").reply["usage"]
        check(50 << 10 < used["mem_kb"] < 65 << 10, f"memory of {used}")
