# SPDX-License-Identifier: Apache-2.0
"""What a sandboxed program can open or signal of what is not its own."""

import errno
import glob
import json
import os

DEVICES = ("/dev/vda", "/dev/vport1p1", "/dev/vport0p1", "/dev/console", "/dev/kmsg", "/dev/mem", "/dev/port", "/dev/tty",
           "/dev/ptmx", "/dev/pts/0", "/dev/hwrng", "/dev/ttyS0")
FILES = ("/proc/1/mem", "/proc/1/maps", "/proc/1/environ", "/proc/1/fd/3", "/proc/1/root/etc", "/proc/kcore", "/proc/kmsg",
         "/proc/sysrq-trigger", "/proc/self/../1/status", "/init", "/sys/fs/cgroup/cgroup.procs", "/sys/class/virtio-ports",
         "/etc/shadow", "/root")


def can(action, *arguments):
    try:
        action(*arguments)
    except OSError:
        return False
    return True


def error_of(action, *arguments):
    try:
        action(*arguments)
    except OSError as problem:
        return errno.errorcode[problem.errno]
    return ""


places = (*DEVICES, *FILES, *glob.glob("/dev/vport*"))
print(json.dumps({
    "opened": [path for path in places if can(os.open, path, os.O_RDONLY) or can(os.open, path, os.O_WRONLY)],
    "signalled": [pid for pid in (*range(1, 400),) if pid != os.getpid() and can(os.kill, pid, 0)],
    # It is the program's own, on a file system that is not read-only.
    "landlock": error_of(os.open, "/proc/self/oom_score_adj", os.O_WRONLY)}))
