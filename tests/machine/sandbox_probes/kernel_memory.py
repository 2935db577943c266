# SPDX-License-Identifier: Apache-2.0
"""Has the kernel keep bytes for this program in one way, up to so many MiB, and prints how many it kept."""

import contextlib
import ctypes
import fcntl
import os
import resource
import socket
import sys

CHUNK = bytes(60_000)
LIBC = ctypes.CDLL(None, use_errno=True)
what, most = sys.argv[1], int(sys.argv[2]) << 20
kept, held = [], 0


def full(make_pair, send):
    """Bytes that one more pair takes before it is full."""
    pair = make_pair()
    kept.append(pair)
    count = 0
    with contextlib.suppress(BlockingIOError):
        while True:
            count += send(pair)
    return count


def pipe():
    ends = os.pipe2(os.O_NONBLOCK)
    with contextlib.suppress(OSError):
        fcntl.fcntl(ends[1], 1031, 1 << 20)  # F_SETPIPE_SZ
    return ends


def socket_pair(kind):
    pair = socket.socketpair(socket.AF_UNIX, kind)
    pair[0].setblocking(False)
    return pair


def connection():
    with socket.create_server(("127.0.0.1", 0)) as server:
        client = socket.create_connection(server.getsockname())
        client.setblocking(False)
        return client, server.accept()[0]


def udp_socket():
    """Its own bytes, until the kernel drops them."""
    receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    receiver.bind(("127.0.0.1", 0))
    kept.append(receiver)
    for _ in range(3):
        receiver.sendto(CHUNK, receiver.getsockname())
    taken = int.from_bytes(receiver.getsockopt(socket.SOL_SOCKET, 55, 4), sys.byteorder)  # SO_MEMINFO: for receiving
    assert taken, "they are dropped"
    return taken


def corked():
    """A datagram that is never finished."""
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    kept.append(sender)
    sender.connect(("127.0.0.1", 9))
    sender.send(CHUNK, socket.MSG_MORE)
    return len(CHUNK)


def messages():
    """System V."""
    queue = LIBC.msgget(0, 0o600)
    assert queue >= 0, ctypes.get_errno()
    count = 0
    while LIBC.msgsnd(queue, ctypes.create_string_buffer(b"\1" + bytes(8000 + 7)), 8000, 0o4000) == 0:
        count += 8000
    assert count
    return count


def locks():
    """On every second byte of a file; 200 bytes each."""
    file = os.open(f"locked{len(kept)}", os.O_RDWR | os.O_CREAT)
    kept.append(file)
    for byte in range(0, 2000, 2):
        fcntl.lockf(file, fcntl.LOCK_EX, 1, byte)
    return 200 * 1000


def netlink():
    link = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)
    kept.append(link)
    link.setblocking(False)
    request = bytes((17, 0, 0, 0, 18, 0, 1, 3)) + bytes(9)  # RTM_GETLINK, all
    with contextlib.suppress(OSError):
        for _ in range(200):
            link.send(request)
    return 200_000


WAYS = {"pipes": lambda: full(pipe, lambda ends: os.write(ends[1], CHUNK)),
        "streams": lambda: full(lambda: socket_pair(socket.SOCK_STREAM), lambda pair: pair[0].send(CHUNK)),
        "datagrams": lambda: full(lambda: socket_pair(socket.SOCK_DGRAM), lambda pair: pair[0].send(CHUNK)),
        "tcp": lambda: full(connection, lambda pair: pair[0].send(CHUNK)),
        "udp": udp_socket, "corked": corked, "messages": messages, "locks": locks, "netlink": netlink}
resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
try:
    while held < most:
        held += WAYS[what]()
except (OSError, AssertionError) as problem:
    print(f"{held >> 20} MiB, then {type(problem).__name__} {problem}", flush=True)
    os._exit(3)
print(f"{held >> 20} MiB", flush=True)
os._exit(0)
