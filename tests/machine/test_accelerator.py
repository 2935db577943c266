# SPDX-License-Identifier: Apache-2.0
"""--accel auto: KVM is used where a guest has been seen to boot under it, and the answer is remembered."""

import json
import os

from harness import Skip, but_for_the_jail, check, contains, equal, test, unjailed

AUTO = {"MAYFLY_ACCEL": "auto"}


def counting_qemu(t):
    """A QEMU that leaves a line each time it is started with an accelerator."""
    return t.program("qemu", f"""for word; do case $word in kvm|tcg,*) echo "$word" >> "{t.folder}/starts";; esac; done
exec "{t.qemu}" "$@\"""")


def starts(t):
    path = t.folder / "starts"
    return path.read_text().split() if path.exists() else []


def run_auto(t, *options):
    path = t.folder / "meta.json"
    ended = t.run("echo", "hi", options=("--meta", path, *options), env=AUTO)
    equal((ended.status, ended.out), (0, b"hi\n"), "end")
    return json.loads(path.read_text())["isolation"]["accel"], but_for_the_jail(ended.err)


@test("auto: one line on stderr says why not KVM, the result says tcg, and the next start does not try again")
def auto(t):
    qemu = counting_qemu(t)
    accel, err = run_auto(t, "--no-snapshot", *unjailed(qemu))
    if accel == "kvm":
        raise Skip("KVM works here")
    equal((accel, len(err.splitlines())), ("tcg", 1), "first start")
    contains(err, "TCG", "stderr")
    first = starts(t)
    equal([word.split(",")[0] for word in first], (["kvm"] if os.access("/dev/kvm", os.W_OK) else []) + ["tcg"], "starts")
    again, err_again = run_auto(t, "--no-snapshot", *unjailed(qemu))
    equal((again, err_again), ("tcg", err), "second start")
    equal([word.split(",")[0] for word in starts(t)[len(first):]], ["tcg"], "starts of the second")


@test("auto: a broken memory of the answer is made anew")
def broken_cache(t):
    if not os.access("/dev/kvm", os.W_OK):
        raise Skip("there is no /dev/kvm here, so nothing is tried or remembered")
    run_auto(t)
    cache = t.home / "cache/accelerator.json"
    good = cache.read_text()
    for broken in ("", "{", '{"key":1}', good.replace('"key":"', '"key":"x')):
        cache.write_text(broken)
        run_auto(t)
        check(cache.read_text() == good, f"the memory was not made anew from {broken[:20]}")


@test("kvm: where it does not work that is said, with a way out")
def only_kvm(t):
    accel, _ = run_auto(t)
    if accel == "kvm":
        raise Skip("KVM works here")
    for status, arguments in ((125, ("run", "--", "true")), (69, ("batch", "-"))):
        ended = t.mayfly("--accel", "kvm", *arguments, stdin=b"")
        equal((ended.status, ended.out), (status, b""), f"end of {arguments}")
        contains(ended.err, "KVM does not work here", "stderr")
        contains(ended.err, "--accel tcg", "stderr")


@test("--require kvm refuses emulation, also when emulation was asked for")
def require_kvm(t):
    ended = t.mayfly("--accel", "tcg", "batch", "-", "--require", "kvm", stdin=b"")
    equal(ended.status, 69, "status")
    contains(ended.err, "--require kvm", "stderr")


@test("tcg: KVM is not even tried")
def only_tcg(t):
    if t.accelerator == "kvm":
        raise Skip("a machine that is emulated on an emulated host boots in minutes")
    (t.home / "cache/accelerator.json").unlink(missing_ok=True)
    ended = t.run("echo", "hi", options=("--no-snapshot", "--accel", "tcg", *unjailed(counting_qemu(t))), env=AUTO)
    equal((ended.status, but_for_the_jail(ended.err)), (0, ""), "end")
    equal([word.split(",")[0] for word in starts(t)], ["tcg"], "starts")
    check(not (t.home / "cache/accelerator.json").exists(), "an answer was remembered")


@test("doctor boots real machines and says what it found")
def doctor(t):
    ended = t.mayfly("doctor", "--json", env=AUTO)
    equal(ended.status, 0, "status")
    report = json.loads(ended.out)
    checks = {c["name"]: c for c in report["checks"]}
    equal((report["usable"], checks["task"]["status"]), (True, "ok"), "report")
    for name in ("platform", "io_uring", "memory", "state", "qemu", "kernel", "image base", "cgroups", "bpf", "jail",
                 "accelerator"):
        found = checks[name]
        check(found["finding"], f"no finding for {name}")
        check(found["status"] == "ok" or found.get("remedy"), f"{name} is not ok and has no remedy: {found}")
    equal(checks["jail"]["status"], "ok", "status of the jail")


@test("doctor without QEMU, kernel or image: 69, and a remedy for each")
def sick(t):
    (t.home / "kernel").unlink()
    (t.home / "images/base").unlink()
    ended = t.mayfly("doctor", "--json", "--qemu", "/none")
    equal(ended.status, 69, "status")
    checks = {c["name"]: c for c in json.loads(ended.out)["checks"]}
    for name in ("qemu", "kernel", "image base"):
        equal(checks[name]["status"], "failure", f"status of {name}")
        check(checks[name].get("remedy"), f"no remedy for {name}")
    text = t.mayfly("doctor", "--qemu", "/none")
    equal(text.status, 69, "status of the text")
    contains(text.out.decode(), "FAILURE", "text")
