# SPDX-License-Identifier: Apache-2.0
"""What QEMU can be told to do to its host does not take place in the jail: a real QEMU, held as mayfly holds it."""

import contextlib
import signal
import socket

from attacks import Denied, Killed
from captive import CapturedVmm
from harness import check, equal, test
from host import QemuHost
from qmp import Qmp
from qmp_attacks import QMP_ATTACKS
from stage import Prison, neighbour
from test_unjailed import need_root
from test_unjailed_qmp import give

PRISON = Prison("--qemu")


class JailedQemu:
    """A machine as mayfly makes it, before its guest runs, and its monitor."""

    def __init__(self, captive):
        ours, its = zip(*(socket.socketpair() for _ in range(3)), strict=True)
        names = ("qmp", "agent", "console")
        self.sockets = ours
        self.vmm = CapturedVmm(captive, [], {name: end.fileno() for name, end in zip(names, its, strict=True)})
        for end in its:
            end.close()
        self.qmp = Qmp(ours[0])
        self.qmp.negotiate()
        self.watched = self.vmm.arm()

    def give(self, host, attack):
        """The last reply; empty if QEMU is gone."""
        with contextlib.suppress(ConnectionError):
            return give(self.qmp, host, attack)
        return {}

    def close(self):
        self.vmm.close()
        self.qmp.close()
        for end in self.sockets:
            end.close()


def was_refused(qemu, reply):
    """A command for people answers with a text where it has failed, and with none where it has not. Jobs fail later."""
    jobs = qemu.qmp.execute("query-jobs")["return"]
    return "error" in reply or bool(reply["return"]) or any("error" in job for job in jobs)


def check_qemu(qemu, expected, reply):
    if isinstance(expected, Killed):
        equal(qemu.vmm.wait_end().get("signal"), signal.SIGSYS, f"signal at the end (reply {reply})")
        if qemu.watched:
            check(qemu.vmm.incidents, "the monitor saw nothing")
            equal(qemu.vmm.incidents[0]["kind"], expected.incident, "kind of incident")
            equal(qemu.vmm.incidents[0]["pid"], qemu.vmm.pid, "who it was")
        return
    check(reply, "QEMU is dead")
    equal(was_refused(qemu, reply), isinstance(expected, Denied), f"whether it was refused: {reply}")
    equal(qemu.vmm.incidents, [], "incidents")


def must_be_held(t, attack):
    host = QemuHost(t, 0)
    qemu = JailedQemu(PRISON.captive)
    try:
        host.qemu = qemu.vmm.pid
        reply = qemu.give(host, attack)
        check_qemu(qemu, attack.jailed, reply)
        check(not attack.harm or not host.is_harmed(attack.harm), f"the host is harmed: {attack.harm}")
    finally:
        qemu.close()
        host.close()
    neighbour.check_unharmed()


def define(_setting):
    for attack in QMP_ATTACKS:
        @test(attack.name, needs=(PRISON, neighbour))
        def is_held(t, attack=attack):
            need_root()
            must_be_held(t, attack)
