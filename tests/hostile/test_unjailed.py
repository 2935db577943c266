# SPDX-License-Identifier: Apache-2.0
"""Every attack succeeds where nothing stops it: none passes for a defence because it is broken.

As root, and as an ordinary user unless the table says that it takes root. Namespaces and small numbers keep this
machine unharmed.
"""

import json
import os
import shutil
import subprocess

from attacks import ATTACKS, LAST_CALL, NEVER_COME_BACK, SEALED, SECOND_PROCESSOR, TEMPLATE
from harness import Skip, check, contains, equal, test
from host import Host
from stage import huge_pages
from victim import SHELTERS, STRANGER, command_as

MISSING = ("ENOSYS", "EAFNOSUPPORT", "ENOPROTOOPT", "ENOMEM")  # what a kernel without such a part says


def need_root():
    if os.geteuid() != 0:
        raise Skip("root makes the users and namespaces for it")


def attacker(t):
    """A copy that everybody can execute."""
    path = t.folder / "attacker"
    if not path.exists():
        shutil.copy(t.setting.mayfly.parent / "tests/hostile/attacker", path)
    return path


def outcome_of(ended):
    """The last record; what a flood has written may come before it."""
    start = ended.out.rfind(b'{"attack"')
    check(start >= 0, f"the attacker said nothing, and ended with {ended.status}: {ended.err[-300:]}")
    return json.loads(ended.out[start:])


def launch(t, host, attack, uid):
    command = [*SHELTERS[attack.inside], *command_as(uid), attacker(t), attack.attempt, *host.words(attack)]
    return outcome_of(t.start_program(command, env=t.env | {"TOKEN": host.secret}, pass_fds=host.passed).wait())


def is_lacking(attack, record):
    if attack.needs == SECOND_PROCESSOR:
        return len(os.sched_getaffinity(0)) == 1
    return attack.needs and record["detail"].endswith(MISSING)


def must_succeed(t, attack, uid):
    host = Host(t, uid)
    try:
        record = launch(t, host, attack, uid)
        if is_lacking(attack, record):
            raise Skip(f"there is no {attack.needs} here")
        equal(record["outcome"], "succeeded", f"outcome as uid {uid} ({record['detail']})")
        if attack.harm:
            check(host.is_harmed(attack.harm), f"the host sees no harm as uid {uid}: {attack.harm}")
    finally:
        host.close()


def define(_setting):
    for attack in ATTACKS:
        @test(attack.name, needs=(huge_pages,) if attack.needs == "huge pages" else ())
        def succeeds(t, attack=attack):
            need_root()
            must_succeed(t, attack, 0)
            if not attack.root:
                must_succeed(t, attack, STRANGER)

    for attack in TEMPLATE:
        @test(f"{attack.name}, were it sealed: refused to root, too")
        def refused(t, attack=attack):
            need_root()
            host = Host(t, 0)
            try:
                host.seal_template()
                record = launch(t, host, attack, 0)
                equal(record["outcome"], "denied", "outcome")
                check(record["detail"].endswith(SEALED.errors), f"detail {record['detail']}")
                check(not host.is_harmed("template_changed"), "the template was changed")
            finally:
                host.close()


@test("a host that nobody attacks sees no harm")
def no_harm(t):
    host = Host(t, os.geteuid())
    host.patience = 0  # none will be killed
    try:
        for attack in ATTACKS:
            host.words(attack)
            check(not attack.harm or not host.is_harmed(attack.harm), f"harm without an attack: {attack.harm}")
    finally:
        host.close()


@test("the table and the program know the same attacks")
def complete(t):
    listed = t.start_program([attacker(t), "--list"]).wait().out.decode().split()
    equal(sorted(listed), sorted({attack.attempt for attack in ATTACKS} | {"any_call"}))


@test("every system call comes back, whatever it says to arguments that nobody can use")
def any_call(t):
    need_root()
    t.folder.chmod(0o711)
    for number in sorted(set(range(LAST_CALL)) - set(NEVER_COME_BACK.values())):
        ended = subprocess.run(["setsid", *command_as(STRANGER), attacker(t), "any_call", f"number={number}"],
                               stdin=subprocess.DEVNULL, capture_output=True, check=False)
        contains(ended.stdout.decode(), '"outcome":"succeeded"', f"words of system call {number} ({ended.returncode})")
    t.collect_orphans()  # there are calls that make processes
