# SPDX-License-Identifier: Apache-2.0
"""The table of what QEMU itself could be told to do to its host, over its monitor.

Nobody but mayfly talks to a machine's monitor. But a captured QEMU has all this code, and knows how to run it. What
the columns mean is said in attacks.py: Denied is an error on the monitor and a QEMU that goes on; Killed a QEMU
that is dead of SIGSYS.
"""

from typing import NamedTuple

from attacks import Contained, Denied, Killed

REFUSED = Denied(("error",))
FORK = Killed()  # of a process, and that before anything is executed
SOCKET = Killed()  # it never makes one
NEW_FILE = Killed()  # it never makes or truncates one


class QmpAttack(NamedTuple):
    name: str
    commands: tuple  # (command, arguments)…; {fact} in a text is put in by the host (host.py)
    jailed: object
    harm: str = "file_made"
    event: tuple = ()  # what comes when the last command is through: (name, statuses…)
    board: str = "microvm"  # "screen": a machine with one; ours have none


def told(command, **arguments):
    return ((command, arguments),)


def hmp(line):
    return told("human-monitor-command", **{"command-line": line})


def migrate(uri):
    return (*told("migrate-set-capabilities", capabilities=[{"capability": "events", "state": True}]),
            *told("migrate", uri=uri))


def blockdev(file, read_only):
    return told("blockdev-add", **{"driver": "raw", "node-name": "host", "read-only": read_only,
                                   "file": {"driver": "file", "filename": file, "read-only": read_only}})


def chardev(kind, **data):
    return told("chardev-add", id="attack", backend={"type": kind, "data": data})


def connected_to(kind, **address):
    return chardev("socket", addr={"type": kind, "data": address}, server=False)


def object_of(kind, **properties):
    return told("object-add", **{"qom-type": kind, "id": "attack", **properties})


MIGRATED = ("MIGRATION", "completed", "failed")
CONNECTED = ("MIGRATION", "active", "failed")
DONE = ("JOB_STATUS_CHANGE", "concluded")
MADE = "{new_path}"

QMP_ATTACKS = [
    # Programs
    QmpAttack("migrate to exec:", migrate("exec:cat >{new_path}"), FORK, event=MIGRATED),
    QmpAttack("netdev_add with a helper program", told("netdev_add", type="bridge", id="attack", helper="{helper}"),
              FORK),
    # Sockets
    QmpAttack("migrate to tcp:", migrate("tcp:127.0.0.1:{port}"), SOCKET, harm="connected",
              event=CONNECTED),
    QmpAttack("chardev-add of a TCP socket", connected_to("inet", host="127.0.0.1", port="{port}"), SOCKET,
              harm="connected"),
    QmpAttack("chardev-add of an abstract socket",
              connected_to("unix", path="{abstract}", abstract=True, tight=True), SOCKET, harm="connected"),
    QmpAttack("chardev-add of a listening socket",
              chardev("socket", addr={"type": "unix", "data": {"path": MADE}}, server=True, wait=False), SOCKET),
    QmpAttack("nbd-server-start", told("nbd-server-start", addr={"type": "unix", "data": {"path": MADE}}), SOCKET),
    QmpAttack("a debugger's door by human-monitor-command", hmp("gdbserver unix:{new_path},server=on,wait=off"),
              SOCKET),
    # Files of the host, to read
    QmpAttack("blockdev-add of a file of the host", blockdev("{gold}", True), REFUSED, harm="gold_opened"),
    QmpAttack("blockdev-add of another machine's overlay, and a write",
              (*blockdev("{overlay}", False), *hmp('qemu-io host "write -P 65 0 512"')), REFUSED,
              harm="overlay_changed"),
    QmpAttack("object-add rng-random", object_of("rng-random", filename="{gold}"), REFUSED, harm="gold_opened"),
    QmpAttack("object-add secret", object_of("secret", file="{gold}"), REFUSED, harm=""),
    # Files of the host, to write
    QmpAttack("blockdev-create", told("blockdev-create", **{"job-id": "attack", "options": {
        "driver": "file", "filename": MADE, "size": 1024}}), NEW_FILE, event=DONE),
    QmpAttack("blockdev-snapshot-sync", (
        *told("blockdev-add", **{"driver": "null-co", "node-name": "empty", "size": 1 << 20}),
        *told("blockdev-snapshot-sync", **{"node-name": "empty", "snapshot-file": MADE,
                                           "snapshot-node-name": "made", "format": "qcow2"})), NEW_FILE),
    QmpAttack("chardev-add with logfile", chardev("null", logfile=MADE), NEW_FILE),
    QmpAttack("chardev-add of a file", chardev("file", out=MADE), NEW_FILE),
    QmpAttack("object-add memory-backend-file",
              object_of("memory-backend-file", size=1 << 20, share=True, **{"mem-path": MADE}), NEW_FILE),
    QmpAttack("dump-guest-memory", told("dump-guest-memory", paging=False, protocol="file:{new_path}"), NEW_FILE),
    QmpAttack("pmemsave", told("pmemsave", val=0, size=4096, filename=MADE), NEW_FILE),
    QmpAttack("memsave", told("memsave", val=0xF0000, size=4096, filename=MADE), NEW_FILE),
    QmpAttack("pmemsave by human-monitor-command", hmp('pmemsave 0 4096 "{new_path}"'), NEW_FILE),
    QmpAttack("a log file by human-monitor-command", (*hmp("logfile {new_path}"), *hmp("log guest_errors")), NEW_FILE),
    QmpAttack("screendump", told("screendump", filename=MADE), REFUSED, board="screen"),
    # Its own machine
    QmpAttack("device_add", (*chardev("null"), *told("device_add", driver="virtserialport", chardev="attack",
                                                     id="more")),
              Contained("one more port of its own machine, that leads nowhere"), harm=""),
]
