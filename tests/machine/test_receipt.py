# SPDX-License-Identifier: Apache-2.0
"""What a result says of the layers that were in force, and what --require makes of one that was not."""

import json
import os
from pathlib import Path

import cgroups
from harness import Skip, check, contains, equal, test

NAMESPACES = {"pid", "mount", "net", "ipc", "uts", "user", "cgroup"}
V1_NAMES = {"cpu": "cpu", "io": "blkio", "memory": "memory", "pids": "pids"}  # v2's name of a controller: v1's
LAYERS = ("jail", "cgroup", "bpf", "kvm")
UNUSABLE, RUN_FAILED = 69, 125  # a batch's status when the host cannot do it, and a run's


def isolation(t, *options, env=None):
    """(isolation of a task that ended well, stderr)."""
    meta = t.folder / "meta.json"
    ended = t.run("true", options=("--meta", meta, *options), env=env)
    equal(ended.status, 0, f"status with {options}: {ended.err}")
    return json.loads(meta.read_text())["isolation"], ended.err


def in_force(receipt):
    return {"jail": not receipt.get("unsafe_no_jail", False), "cgroup": "memory" in receipt["cgroup"],
            "bpf": "bpf" in receipt, "kvm": receipt["accel"] == "kvm"}


@test("jail: the profile and each layer are named, and nothing is said on stderr")
def jail(t):
    receipt, err = isolation(t)
    check(receipt["jail"][0] == "strict" and "unsafe_no_jail" not in receipt, f"receipt {receipt}")
    missing = (NAMESPACES | {"seccomp", "rlimits", "no_new_privs", "sandbox"}) - set(receipt["jail"])
    check(not missing, f"{missing} are not in {receipt['jail']}")
    check(any(layer.startswith("landlock:") for layer in receipt["jail"]), f"no Landlock in {receipt['jail']}")
    equal("uid" in receipt["jail"], os.geteuid() == 0, "a uid of its own, as root makes one")
    equal(err, "", "stderr")


@test("jail: the compat profile is named, and works")
def compat(t):
    receipt, _ = isolation(t, "--jail", "compat")
    equal(receipt["jail"][0], "compat", "profile")
    check(NAMESPACES | {"seccomp"} <= set(receipt["jail"]), f"layers {receipt['jail']}")


@test("--unsafe-no-jail: it warns on stderr, the receipt says so, and names no layer but QEMU's own sandbox")
def unsafe(t):
    receipt, err = isolation(t, "--unsafe-no-jail")
    equal((receipt["jail"], receipt.get("unsafe_no_jail")), (["sandbox"], True), "receipt")
    contains(err, "--unsafe-no-jail", "stderr")
    contains(err, "warning", "stderr")


@test("cgroup: as root, the version and all controllers that this host has")
def cgroup(t):
    if os.geteuid() != 0:
        raise Skip("who is not root has what was delegated")
    receipt, _ = isolation(t)
    v2, v1 = cgroups.v2_controllers(), cgroups.v1_controllers()
    wanted = [name for name, old in V1_NAMES.items() if name in v2 or old in v1]
    by_v1 = [name for name, old in V1_NAMES.items() if old in v1 and name not in v2]
    versions = ["v2"] * any(name in v2 for name in V1_NAMES) + ["v1"] * bool(by_v1)
    equal(receipt["cgroup"], versions + wanted, "cgroup")
    equal("cpus" in receipt["limits_enforced"], "cpu" in wanted, "cpus is enforced")


@test("bpf: as root, lsm where the kernel has the BPF LSM, else tp_btf")
def bpf(t):
    if os.geteuid() != 0 or cgroups.unified() is None:
        raise Skip("the escape monitor takes root and cgroup v2")
    receipt, _ = isolation(t)
    modes = ("lsm",) if "bpf" in active_lsms() else ("tp_btf",) if active_lsms() else ("lsm", "tp_btf")
    check(receipt.get("bpf") in modes, f"bpf is {receipt.get('bpf')}, not one of {modes}")


def active_lsms():
    """Empty where nobody has mounted what tells."""
    path = Path("/sys/kernel/security/lsm")
    return path.read_text().strip().split(",") if path.exists() else []


@test("--require: each layer that is in force passes, together too; each that is not is refused, with its name")
def require(t):
    receipt, _ = isolation(t)
    there = [layer for layer, force in in_force(receipt).items() if force]
    for layers in (*there, ",".join(there)):
        isolation(t, "--require", layers)
    for layer in LAYERS:
        if layer not in there:
            refused(t, layer)


@test("--require: a layer that was switched off is refused, and no machine is started: 69 from a batch, 125 from a run")
def require_missing(t):
    refused(t, "jail", "--unsafe-no-jail")
    refused(t, "kvm", "--accel", "tcg")
    ended = t.run("echo", "ran", options=("--accel", "tcg", "--require", "kvm"))
    equal((ended.status, ended.out), (RUN_FAILED, b""), "end of a run")
    contains(ended.err, "--require kvm", "stderr of a run")


@test("--watch-syscalls: a QEMU keeps to its profile's calls; without a jail, nobody knows which they are")
def watch_syscalls(t):
    if "bpf" not in isolation(t)[0]:
        raise Skip("there is no monitor here")
    isolation(t, "--watch-syscalls")
    ended = t.run("true", options=("--watch-syscalls", "--unsafe-no-jail"))
    equal(ended.status, RUN_FAILED, "status")
    contains(ended.err, "there is no jail", "stderr")


def refused(t, layer, *options):
    ended = t.mayfly("--log-level", "debug", "batch", *options, "--require", layer, "-", stdin=b'{"argv":["true"]}\n')
    equal((ended.status, ended.out), (UNUSABLE, b""), f"end with --require {layer} and {options}")
    contains(ended.err, f"--require {layer}", "stderr")
    check("-> launching" not in ended.err, "a machine was started")
