# SPDX-License-Identifier: Apache-2.0
"""What QEMU can be told to do to its host does take place where nothing stops it: a real QEMU without a jail."""

import os
import socket

from harness import check, test
from host import QemuHost
from qmp import Qmp
from qmp_attacks import QMP_ATTACKS

BOARDS = {
    "microvm": ("-M", "microvm,acpi=off", "-device", "virtio-serial-device"),
    "screen": ("-M", "q35", "-device", "VGA"),
}


def start_qemu(t, board):
    """A machine that never starts to run, and its monitor."""
    ours, its = socket.socketpair()
    with its:
        live = t.start_program([t.qemu, "-nodefaults", "-no-user-config", "-display", "none", "-accel", "tcg",
                                "-m", "64M", "-S", *BOARDS[board], "-chardev", f"socket,id=qmp,fd={its.fileno()}",
                                "-mon", "chardev=qmp,mode=control"], pass_fds=[its.fileno()])
    qmp = Qmp(ours)
    qmp.negotiate()
    return live, qmp


def give(qmp, host, attack):
    """Gives all commands; returns the last reply."""
    for command, arguments in attack.commands:
        reply = qmp.execute(command, **host.filled(arguments))
    if attack.event and "return" in reply:
        qmp.wait_event(*attack.event)
    return reply


def must_succeed(t, attack):
    host = QemuHost(t, os.geteuid())
    live, qmp = start_qemu(t, attack.board)
    try:
        host.qemu = live.pid
        reply = give(qmp, host, attack)
        if attack.harm:
            check(host.is_harmed(attack.harm), f"the host sees no harm: {attack.harm}; {reply}")
        else:
            check("return" in reply, f"QEMU refuses: {reply}")
    finally:
        qmp.close()
        live.kill()
        host.close()
        t.collect_orphans()  # what QEMU has started


def define(_setting):
    for attack in QMP_ATTACKS:
        @test(attack.name)
        def succeeds(t, attack=attack):
            must_succeed(t, attack)
