# SPDX-License-Identifier: Apache-2.0
"""What the reference host is, so that a test which passes there has shown what it says."""

import json
import os
import pwd
from pathlib import Path

import cgroups
from harness import check, equal, test

TESTER = "tester"


@test("a result's receipt names KVM, cgroup v2 and BPF LSM, and mayfly agrees to require them")
def receipt(t):
    meta = t.folder / "meta.json"
    ended = t.run("true", options=("--meta", meta, "--require", "kvm,jail,bpf,cgroup"))
    equal((ended.status, ended.err), (0, ""), "end")
    isolation = json.loads(meta.read_text())["isolation"]
    equal((isolation["accel"], isolation["bpf"]), ("kvm", "lsm"), "accelerator and BPF")
    equal(isolation["cgroup"], ["v2", "cpu", "io", "memory", "pids"], "cgroup")


@test("cgroup v2 is all there is, at /sys/fs/cgroup, with the controllers cpu, io, memory and pids")
def controllers(_t):
    (only,) = cgroups.hierarchies()
    equal((only.mount, only.v2), (Path("/sys/fs/cgroup"), True), "hierarchy")
    missing = {"cpu", "io", "memory", "pids"} - cgroups.v2_controllers()
    check(not missing, f"controllers that are missing: {missing}")


@test("the kernel's security modules are bpf and landlock, among others")
def security_modules(_t):
    active = Path("/sys/kernel/security/lsm").read_text().strip().split(",")
    check({"bpf", "landlock"} <= set(active), f"they are {active}")


# What doctor says of the host's own settings, which an emulated one has as Debian has them.
ADVICE = {"smt", "ksm", "swap", "core files", "links", "mitigations", "clock", "aslr", "user bpf", "frequency", "huge pages"}


@test("mayfly doctor finds no fault, but for advice about the host's settings")
def doctor(t):
    ended = t.mayfly("doctor", "--json")
    equal(ended.status, 0, "status")
    report = json.loads(ended.out)
    faults = [check_ for check_ in report["checks"] if check_["status"] != "ok" and check_["name"] not in ADVICE]
    equal((report["usable"], faults), (True, []), "report")


@test("an ordinary user, in the group kvm, has a machine under KVM, in a user namespace of its own")
def ordinary_user(t):
    user = pwd.getpwnam(TESTER)
    check(user.pw_uid != 0 and os.stat("/dev/kvm").st_gid != 0, "who is this?")
    t.plain_image()
    t.give_to(user.pw_uid)
    meta = t.folder / "meta.json"
    ended = t.run("true", options=("--meta", meta), user=user.pw_uid, group=user.pw_gid,
                  extra_groups=os.getgrouplist(TESTER, user.pw_gid))
    equal(ended.status, 0, f"status ({ended.err})")
    isolation = json.loads(meta.read_text())["isolation"]
    check(isolation["accel"] == "kvm" and "user" in isolation["jail"], f"isolation {isolation}")
