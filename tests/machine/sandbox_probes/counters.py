# SPDX-License-Identifier: Apache-2.0
"""What of /proc, but of processes, tells about the machine: a digest of each file. With arguments: after making much of it count."""

import contextlib
import fcntl
import hashlib
import json
import os
import socket
import sys

OWN = ("self", "thread-self", "sysvipc", "net", "mounts")  # of this process, or of its namespaces


def names():
    for top, folders, files in os.walk("/proc"):
        if top == "/proc":
            folders[:] = [name for name in folders if not name.isdigit() and name not in OWN]
            files = [name for name in files if name not in OWN]
        yield from (f"{top}/{name}" for name in files)


def text_of(path):
    with contextlib.suppress(OSError), open(path, "rb") as file:
        return file.read()
    return b""


def count():
    """In as many counters as there are."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        for _ in range(50):
            udp.sendto(b"x", ("127.0.0.1", 9))
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        client.sendall(b"x")
    for number in range(50):
        if os.fork() == 0:
            os._exit(0)
        os.wait()
        with open(f"file{number}", "wb") as file:
            file.write(bytes(100_000))
            fcntl.lockf(file, fcntl.LOCK_EX)
            os.fsync(file.fileno())
    kept = [os.open("/dev/null", os.O_RDONLY) for _ in range(200)]
    os.mkfifo("fifo")
    assert kept


if len(sys.argv) > 1:
    count()
found = {path: hashlib.md5(text_of(path)).hexdigest() for path in names()}
found |= {f"net/{name}": hashlib.md5(text_of(f"/proc/net/{name}")).hexdigest() for name in ("snmp", "netstat", "sockstat", "dev", "softnet_stat")}
print(json.dumps(found))
