# SPDX-License-Identifier: Apache-2.0
"""A process to be attacked, and the commands that launch attackers of another user or away from this machine."""

import functools
import os
import select
import subprocess
from pathlib import Path

MIB = 1 << 20
SECRET = "a-secret-of-this-host"
TAMPERED = b"OWNED"
STRANGER = 61234  # the uid of an ordinary user without a name

# What goes before the command of an unjailed attack, so that it does not harm the machine that tests.
SHELTERS = {
    "": (),
    "mount": ("unshare", "--mount", "--"),
    "uts": ("unshare", "--uts", "--"),
    # A shell that has made a neighbour becomes the attacker, as the first process of the namespace.
    "pid": ("unshare", "--pid", "--fork", "--kill-child", "--",
            "sh", "-c", 'sleep 600 </dev/null >&0 2>&0 & exec "$@"', "sh"),
    "file size": ("prlimit", f"--fsize={MIB}:"),  # what everybody may raise up to a second limit
}


def command_as(uid):
    """What goes before a command to be executed by that user."""
    return () if uid == 0 else ("setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups", "--")


class Victim:
    """A process that knows a secret and waits. What kills it has `patience` seconds to do so."""

    def __init__(self, bench, uid, patience):
        self.patience = patience
        self.live = bench.start_program([*command_as(uid), "sh", "-c", "echo ready; read -r _"], stdin=subprocess.PIPE,
                                        env=bench.env | {"TOKEN": SECRET})
        self.live.wait_out("ready")
        self.pid = self.live.pid
        self.pidfd = os.pidfd_open(self.pid)
        self.processors = os.sched_getaffinity(self.pid)

    def proc(self, name):
        return Path(f"/proc/{self.pid}/{name}")

    @functools.cached_property
    def address(self):
        """Of its environment, see proc_pid_stat(5): env_start is field 50, and the name is the second."""
        fields = self.proc("stat").read_text().rpartition(")")[2].split()
        return int(fields[50 - 3])

    def was_killed(self):
        ready, _, _ = select.select([self.pidfd], [], [], self.patience)
        return bool(ready)

    def was_written(self):
        return self.proc("environ").read_bytes().startswith(TAMPERED)

    def was_limited(self):
        return "Max open files            1 " in self.proc("limits").read_text()

    def was_slowed(self):
        return os.getpriority(os.PRIO_PROCESS, self.pid) == 19

    def was_pinned(self):
        return os.sched_getaffinity(self.pid) != self.processors

    def close(self):
        os.close(self.pidfd)
        self.live.kill()
