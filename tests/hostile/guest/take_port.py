# SPDX-License-Identifier: Apache-2.0
"""Takes a copy of the agent's port and speaks in its name. The argument says what."""

import ctypes
import os
import sys
import time

SYS_PIDFD_OPEN, SYS_PIDFD_GETFD = 434, 438
MIB = 1 << 20

# 1 was `resume`, 2 the `put` of this file, 3 is the `exec` of this program.
WORDS = {
    "garbage": os.urandom(65536) + b"\n",
    "not-an-object": b"[1, 2, 3]\n",
    "brackets": b"[" * 100_000 + b"\n",
    "mebibyte-of-brackets": b"[" * (2 * MIB) + b"\n",
    "endless-line": b"x" * (8 * MIB),
    "bad-utf-8": b'{"id":3,"stream":"stdout","data":"\xff\xfe"}\n',
    "unknown-status": b'{"id":3,"status":"well"}\n',
    "wrong-type": b'{"id":3,"status":"exit","code":"0"}\n',
    "exit-of-another": b'{"id":77,"status":"exit","code":0,"usage":{"cpu_ms":0,"mem_kb":0,"io_kb":0}}\n',
    "ack": b'{"id":3,"status":"ack"}\n',
    "ready-again": b'{"status":"ready","agent":"0"}\n',
    "endless-output": b'{"id":3,"stream":"stdout","data":"' + b"y" * 60_000 + b'"}\n',
    "huge-numbers": b'{"id":3,"status":"exit","code":99999999999999999999,"usage":{"cpu_ms":-1e308}}\n',
}


def port():
    libc = ctypes.CDLL(None, use_errno=True)
    agent = libc.syscall(SYS_PIDFD_OPEN, 1, 0)
    for name in os.listdir("/proc/1/fd"):
        if "vport" in os.readlink(f"/proc/1/fd/{name}"):
            return libc.syscall(SYS_PIDFD_GETFD, agent, int(name), 0)
    raise SystemExit("the agent has no port")


def say(fd, words):
    while words:
        words = words[os.write(fd, words[:65536]):]


fd = port()
os.set_blocking(fd, True)
say(fd, WORDS[sys.argv[1]])
while sys.argv[1] == "endless-output":
    say(fd, WORDS["endless-output"])
time.sleep(600)
