# SPDX-License-Identifier: Apache-2.0
"""No attack harms the host when its attacker is held as mayfly holds a QEMU, and each comes to what the table says."""

import signal
from typing import NamedTuple

from attacks import ATTACKS, LAST_CALL, OF_PROBES, Contained, Denied, Killed
from harness import Skip, check, equal, test
from jailed_host import JailedHost
from stage import Prison, neighbour
from test_unjailed import is_lacking, need_root
from victim import STRANGER


PRISON, USERS_PRISON, COMPAT_PRISON = Prison(), Prison(uid=STRANGER), Prison("--profile", "compat")
NO_PRISON = Prison("--unjailed")
EXHAUSTED = {attack.name for attack in ATTACKS if getattr(attack.jailed, "out_of_memory", False)}
X32 = 0x40000000  # the bit in the numbers of that architecture


class Played(NamedTuple):
    vmm: object
    watched: bool
    records: list  # what the attacker said
    end: dict


def play(host, attack, armed):
    vmm = host.launch(attack)
    try:
        host.wait_ready()
        watched = armed and vmm.arm()
        host.go()
        host.end = vmm.wait_end()
    finally:
        vmm.close()
    return Played(vmm, watched, host.records(), host.end)


def check_incident(played, kind):
    check(played.vmm.incidents, "the monitor saw nothing")
    incident = played.vmm.incidents[0]
    equal((incident["kind"], incident["pid"]), (kind, played.vmm.pid), "kind of incident, and who it was")


def check_killed(attack, expected, played):
    wanted = signal.SIGSYS if expected.incident == "seccomp" else signal.SIGKILL
    check(played.end.get("signal") == wanted, f"not killed by {wanted.name}: {played.end} {played.records}")
    equal(played.records, [], "words of a dead attacker")
    if played.watched:
        check_incident(played, expected.incident)
        incident = played.vmm.incidents[0]
        equal(incident["comm"], "attacker", "its name")
        check(incident["number"] >= 0 or incident["path"], f"it is not said what was tried: {incident}")


def check_denied(attack, expected, played):
    check(played.records, f"the attacker said nothing: {played.end}")
    record = played.records[-1]
    equal(record["outcome"], "denied", f"outcome ({record['detail']})")
    check(record["detail"].endswith(expected.errors) or any(f"{error} after" in record["detail"] for error in expected.errors),
          f"detail {record['detail']}, want one of {expected.errors}")
    equal(played.vmm.incidents, [], "incidents")


def check_contained(attack, expected, played):
    equal(played.vmm.incidents, [], "incidents")
    if expected.out_of_memory and "memory" not in played.vmm.started["cgroups"]:
        raise Skip("nothing limits memory here: this user has no cgroup")
    if expected.out_of_memory:
        equal(played.end.get("signal"), signal.SIGKILL, f"signal at the end {played.end}")
        check(played.end["oom_kills"] > 0, f"its cgroup counts no kill: {played.end}")
    else:
        check(played.records and played.records[-1]["outcome"] == "succeeded", f"it did not succeed: {played.records} {played.end}")


CHECKS = {Killed: check_killed, Denied: check_denied, Contained: check_contained}


def must_be_held(t, prison, attack, armed):
    host = JailedHost(t, prison)
    try:
        played = play(host, attack, armed)
        lsm = played.watched and played.vmm.started["bpf"] == "lsm"
        expected = attack.lsm if lsm and attack.lsm else attack.jailed
        if type(expected) is Killed and played.records and is_lacking(attack, played.records[-1]):
            raise Skip(f"there is no {attack.needs} here")
        CHECKS[type(expected)](attack, expected, played)
        check(not attack.harm or not host.is_harmed(attack.harm), f"the host is harmed: {attack.harm}")
    finally:
        host.close()
    neighbour.check_unharmed()


def define_attack(attack, prison, suffix, armed):
    @test(attack.name + suffix, needs=(prison, neighbour))
    def is_held(t):
        need_root()
        must_be_held(t, prison, attack, armed)


def define(_setting):
    for attack in ATTACKS:
        define_attack(attack, PRISON, "", armed=True)
        if attack.early:
            define_attack(attack, PRISON, ", before the monitor watches", armed=False)
        if attack.seen or attack.seen_lsm:
            define_watch(attack)
    for attack in ATTACKS:
        define_attack(attack, USERS_PRISON, ", of an ordinary user's mayfly", armed=True)


def by_name(name):
    return next(attack for attack in ATTACKS if attack.name == name)


def must_be_seen(t, attack):
    host = JailedHost(t, NO_PRISON)
    try:
        played = play(host, attack, armed=True)
        mode = played.vmm.started["bpf"]
        if not played.watched or not (attack.seen or mode == "lsm"):
            raise Skip(f"the monitor here ('{mode}') does not see it")
        equal(played.end.get("signal"), signal.SIGKILL, f"signal at the end {played.end} {played.records}")
        check_incident(played, attack.seen or attack.seen_lsm)
        check(not attack.harm or not host.is_harmed(attack.harm), f"the host is harmed: {attack.harm}")
    finally:
        host.close()


def define_watch(attack):
    @test(f"{attack.name}, seen by the monitor alone", needs=(NO_PRISON,))
    def is_seen(t):
        need_root()
        must_be_seen(t, attack)


def in_compat(attack, lsm):
    return lsm and attack.lsm or attack.compat or attack.jailed


@test("what succeeds in profile compat is what the table says", needs=(COMPAT_PRISON,), limit=300)
def compat(t):
    need_root()
    succeeded = set()
    for attack in ATTACKS:
        host = JailedHost(t, COMPAT_PRISON)
        try:
            played = play(host, attack, armed=True)
            lsm = played.watched and played.vmm.started["bpf"] == "lsm"
            if any(record["outcome"] == "succeeded" for record in played.records):
                succeeded.add(attack.name)
            check(not attack.harm or not host.is_harmed(attack.harm), f"{attack.name}: the host is harmed")
        finally:
            host.close()
    equal(succeeded, {attack.name for attack in ATTACKS if isinstance(in_compat(attack, lsm), Contained)} - EXHAUSTED)


def numbers_that_kill(allowed):
    """Of system calls: those that are not on the profile's list, and what is none in this architecture."""
    return [*sorted(set(range(LAST_CALL)) - set(allowed)), *(number | X32 for number in allowed), 1 << 31, -1]


@test("every system call that is not on the profile's list kills, whatever its arguments", needs=(PRISON,))
def every_other_call(t):
    need_root()
    host = JailedHost(t, PRISON)
    try:
        allowed = play(host, by_name("its environment"), armed=False).vmm.started["allowed"]
        for number in numbers_that_kill(allowed):
            vmm = host.captured(["any_call", f"number={number}"])
            ended_by = vmm.wait_end().get("signal")
            vmm.close()
            check(ended_by == signal.SIGSYS or number in OF_PROBES.values(), f"system call {number} ends with {ended_by}")
    finally:
        host.close()
