# SPDX-License-Identifier: Apache-2.0
"""What the agent holds resident, by what it is given to do: each case in a machine of its own, so that each peak is its own."""

import json
import time

import paths  # noqa: F401, I001  the next ones are found through it
from agent_machine import AgentMachine
from checks import check, equal

MB = 10**6
SIZE = 10 * MB
CHUNK = 128 * 1024  # the most that a message carries
TEXT, CONTROLS = "x", "\x01"  # of CONTROLS each character is six on the line: the longest that a message can be
FILE = "/work/file"
DEAF = 2  # seconds
GETS = SIZE // CHUNK
SANDBOX = {"directory": "/work", "processes": 64, "open_files": 256}


def status_of(machine, pid):
    """/proc/PID/status: {name: text}."""
    text = machine.execute("cat", f"/proc/{pid}/status").out.decode()
    return dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)


def memory_of(machine):
    """Of the agent, in bytes: now, the most that it ever was, and what of it is no file's."""
    status = status_of(machine, 1)
    return {key: int(status[name].split()[0]) * 1024 for key, name in (("now", "VmRSS"), ("peak", "VmHWM"), ("anonymous", "RssAnon"))}


def chunks(fill, size=SIZE):
    for offset in range(0, size, CHUNK):
        yield offset, fill * min(CHUNK, size - offset)


# --- The cases ------------------------------------------------------------------------------------------------------


def nothing(_machine):
    pass


def feed(machine, fill):
    """Stdin for a program that takes a chunk and then starts two others before it takes the next."""
    script = f'sum=0; while n=$(head -c {CHUNK} | wc -c); [ "$n" -gt 0 ]; do sum=$((sum + n)); done; echo $sum'
    machine.say("exec", bin="sh", args=["-c", script], env={"PATH": "/usr/bin:/bin"}, stdin=True)
    program = machine.last_id
    for offset, data in chunks(fill):
        machine.ask("stdin", data=data, eof=offset + len(data) == SIZE)
    output, ending = machine.read(), machine.read()
    equal((output["data"], ending["id"], ending["code"]), (f"{SIZE}\n", program, 0), "what it took")


def put(machine, fill):
    for offset, data in chunks(fill):
        machine.ask("put", path=FILE, data=data, offset=offset, mode=0o644, eof=offset + len(data) == SIZE)
    equal(machine.execute("stat", "-c", "%s", FILE).out, f"{SIZE}\n".encode(), "size of the file")


def get(machine, fill):
    put(machine, fill)
    got = sum(len(machine.ask("get", path=FILE, offset=offset, max_bytes=CHUNK)["data"]) for offset, _ in chunks(fill))
    equal(got, SIZE, "bytes got")


def output(machine, deaf):
    """Of NULs, of which each is six characters on the line."""
    machine.say("exec", bin="head", args=["-c", str(SIZE), "/dev/zero"], env={"PATH": "/usr/bin:/bin"})
    time.sleep(deaf)
    got = 0
    while "status" not in (reply := machine.read()):
        got += len(reply["data"])
    equal((got, reply["code"]), (SIZE, 0), "output")


def many_gets(machine):
    """Replies of 10 MB, of which none is read before all are asked for."""
    machine.ask("put", path=FILE, data=CONTROLS * CHUNK, mode=0o644, eof=True)
    request = json.dumps({"id": 1, "token": "token", "cmd": "get", "path": FILE, "max_bytes": CHUNK}).encode() + b"\n"
    machine.socket.sendall(request * GETS)
    time.sleep(DEAF)
    for _ in range(GETS):
        equal(len(machine.read()["data"]), CHUNK, "a reply")


def many_requests(machine, count, record):
    """Of ten: 1 program, plain and sandboxed in turns, 3 pings, 3 files put and 3 got."""
    record(0, memory_of(machine))
    for number in range(1, count + 1):
        kind = number % 10
        if kind == 0:
            confined = {"sandbox": SANDBOX} if number % 20 == 0 else {}
            equal(machine.execute("true", **confined).ending(), "exit 0", f"request {number}")
        elif kind < 4:
            check("status" in machine.ask("ping"), f"request {number}")
        elif kind < 7:
            machine.put(f"{FILE}-{kind}", f"{number}\n")
        else:
            equal(machine.ask("get", path=f"{FILE}-{kind - 3}", max_bytes=100)["data"], f"{number - 3}\n", f"request {number}")
        if number % (count // 4) == 0:
            record(number, memory_of(machine))


def cases(count, record):
    return {
        "at rest": nothing,
        "10 MB of stdin for a slow reader": lambda m: feed(m, TEXT),
        "… of control characters, 6 bytes each on the line": lambda m: feed(m, CONTROLS),
        "a file of 10 MB put": lambda m: put(m, TEXT),
        "… of control characters, put and got": lambda m: get(m, CONTROLS),
        "10 MB of output, of NULs": lambda m: output(m, 0),
        f"… that nobody reads for {DEAF} s": lambda m: output(m, DEAF),
        f"{GETS} files of {CHUNK // 1024} KiB asked for, and only then read": many_gets,
        f"{count} requests": lambda m: many_requests(m, count, record),
    }


def measure(setting, count, record):
    """{case: memory}. `record(requests, memory)` is told how it goes with the many."""
    found = {}
    for name, action in cases(count, record).items():
        machine = AgentMachine(setting)
        try:
            action(machine)
            found[name] = memory_of(machine)
        finally:
            machine.close()
    return found
