# SPDX-License-Identifier: Apache-2.0
"""Looks for the port by which the agent speaks to the host, and makes a device of its own for it."""

from attempt import attempt, finish
import os
import stat

LIES = b'{"id":3,"status":"exit","code":0,"usage":{"cpu_ms":0,"mem_kb":0,"io_kb":0}}\n'
PORTS = ("/dev/vport0p1", "/dev/vport1p1", "/dev/virtio-ports/org.mayfly.agent.0", "/dev/hvc0", "/dev/console")


def lie(path):
    with open(path, "wb", buffering=0) as port:
        port.write(LIES)


for path in PORTS:
    attempt(path, lie, path)
for place in ("/work", "/tmp", "/dev"):
    for major in (229, 252, 253, 254):
        attempt(f"{place} {major}", os.mknod, f"{place}/port-{major}", stat.S_IFCHR | 0o666, os.makedev(major, 1))
attempt("sysfs", os.listdir, "/sys/class/virtio-ports")
finish()
