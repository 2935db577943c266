# SPDX-License-Identifier: Apache-2.0
"""mayfly run: files in, artifacts out, and the record of --meta."""

import hashlib
import json
import os
import re
import stat

from harness import Skip, broken, by_id, check, contains, equal, test


def digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@test("files go in with content and mode, to relative and absolute places")
def files_in(t):
    data = os.urandom(1_500_000)  # more than one message of the channel
    blob = t.write("blob", data)
    tool = t.write("tool", "#!/bin/sh\nsha256sum /data/deep/blob | cut -c1-64\n", 0o755)
    options = ("--file", f"{blob}:/data/deep/blob", "--file", f"{tool}:bin/tool")
    ended = t.run("bin/tool", options=options)
    equal((ended.status, ended.out.decode().strip()), (0, hashlib.sha256(data).hexdigest()), "end")


@test("artifacts come out, under their own name or another")
def artifacts(t):
    script = "head -c 1500000 /dev/urandom > blob; sha256sum < blob | cut -c1-64; mkdir out; : > out/empty"
    ended = t.run("sh", "-c", script, options=("--artifact", "blob:copy", "--artifact", "/work/out/empty"))
    equal(ended.status, 0, "status")
    equal(digest(t.folder / "copy"), ended.out.decode().strip(), "digest")
    equal((t.folder / "empty").read_bytes(), b"", "empty file")


@test("a missing artifact is said, and is 125; the others are kept")
def missing_artifact(t):
    ended = t.run("sh", "-c", "echo x > there", options=("--artifact", "nowhere", "--artifact", "there"))
    equal(ended.status, 125, "status")
    contains(ended.err, "nowhere", "stderr")
    equal((t.folder / "there").read_bytes(), b"x\n", "artifact")
    check(not (t.folder / "nowhere").exists(), "a missing artifact was made up")


@test("artifacts that are no files, or endless, are refused without waiting")
def odd_artifacts(t):
    script = "mkfifo pipe; mkdir folder; ln -s /dev/zero zero; yes > /dev/null & exit 0"
    options = [word for name in ("pipe", "folder", "zero") for word in ("--artifact", name)]
    ended = t.run("sh", "-c", script, options=options)
    equal(ended.status, 125, "status")
    for name in ("pipe", "folder", "zero"):
        contains(ended.err, f"artifact {name}", "stderr")


@test("artifacts of a program in the sandbox are what it could read itself; none is read to find that it is too large")
def confined_artifacts(t):
    links = {"symbols": "/proc/kallsyms", "agent": "/proc/1/environ", "home": "/root/.bashrc", "shadow": "/etc/shadow"}
    script = "".join(f"ln -s {target} {name}; " for name, target in links.items()) + "echo x >own; ln -s own near; truncate -s 4G large"
    task = {"argv": ["sh", "-c", script], "sandbox": True, "artifacts": [*links, "own", "near", "large"]}
    (record,) = t.batch([task]).records()
    found = {artifact["path"]: artifact for artifact in record["artifacts"]}
    equal({name: found[name].get("content") for name in found}, {"own": "x\n", "near": "x\n"} | dict.fromkeys([*links, "large"]), "contents")
    contains(found["large"]["error"], "has more than", "what is too large")
    contains(found["symbols"]["error"], "a link to another place", "a link into /proc")


@test("a sandboxed task's paths are those of its program: /tmp and its home, too; cases begin with what the task put there")
def same_places(t):
    script = "cat /tmp/in.txt; ls -A /tmp; echo made >/tmp/out.txt; echo x >~/plot.png"
    task = {"argv": ["sh", "-c", script], "sandbox": True, "files": [{"path": "/tmp/in.txt", "content": "given\n"}],
            "artifacts": ["/tmp/out.txt", "/tmp/plot.png"]}
    elsewhere = {"id": "elsewhere", "argv": ["cat", "/data/deep/in.txt"], "files": [{"path": "/data/deep/in.txt", "content": "given\n"}]}
    judged = {"id": "judged", "argv": ["sh", "-c", "id -u; cat left 2>/dev/null; cat >left"], "cases": [{"stdin": "secret"}, {"stdin": "x"}]}
    found = by_id(t.batch([task | {"id": "one"}, task | {"id": "two", "cases": [{}, {}], "artifacts": []}, elsewhere,
                           elsewhere | {"id": "meant", "absolute_files": True, "sandbox": True},
                           elsewhere | {"id": "system", "absolute_files": True, "files": [{"path": "/usr/include/string.h", "content": ""}]},
                           judged, judged | {"id": "root", "sandbox": False}], "-j", "1").records())
    wanted = "given\nin.txt\n"
    equal((found["one"]["verdict"], found["one"]["stdout"]), ("ok", wanted), f"{found['one']}")
    equal([one.get("content") for one in found["one"]["artifacts"]], ["made\n", "x\n"], "artifacts")
    equal([one["stdout"] for one in found["two"]["cases"]], [wanted] * 2, "cases")
    equal({name: found[name]["verdict"] for name in ("elsewhere", "system", "root")}, dict.fromkeys(("elsewhere", "system", "root"), "spec_error"), "refused")
    contains(found["elsewhere"]["error"]["message"], '"absolute_files": true', "how to mend it")
    equal(found["meant"].get("stdout"), "given\n", f"{found['meant']}")
    equal([one["stdout"] for one in found["judged"]["cases"]], ["1000\n"] * 2, "a program of several cases is no root and finds nothing of another")


@test("the program's own status wins over a missing artifact")
def status_wins(t):
    ended = t.run("sh", "-c", "exit 9", options=("--artifact", "nowhere"))
    equal(ended.status, 9, "status")


@test("--meta is the result record, and its digests are those of the files")
def meta(t):
    path = t.folder / "meta.json"
    ended = t.run("sh", "-c", "exit 3", options=("--meta", path))
    equal(ended.status, 3, "status")
    record = json.loads(path.read_text())
    wanted = {"schema": 1, "id": "run", "verdict": "nonzero_exit", "fault": "task", "retryable": False,
              "evidence": "guest", "attempts": 1, "exit_code": 3, "truncated": False, "artifacts": [], "labels": {}}
    equal({name: record.get(name) for name in wanted}, wanted, "record")
    for absent in ("stdout", "stderr", "signal", "error", "line"):
        check(absent not in record, f"the record has '{absent}'")
    equal(record["isolation"]["accel"], t.accelerator, "accelerator")
    check({"timeout_ms", "output_bytes", "memory_bytes"} <= set(record["isolation"]["limits_enforced"]), "limits are missing")
    provenance = dict(record["provenance"])
    check(re.fullmatch(r"\d+\.\d+\.\d+.*", provenance.pop("mayfly")), "no version of mayfly")
    equal(provenance, {"image": digest(t.home / "images/base/rootfs.ext4"), "kernel": digest(t.home / "kernel/vmlinux"),
                       "qemu": digest(t.qemu)}, "provenance")


@test("--meta of a machine: times and usage are there and add up")
def meta_numbers(t):
    path = t.folder / "meta.json"
    t.run("python3", "-c", "sum(range(3_000_000))", options=("--meta", path))
    record = json.loads(path.read_text())
    timing, guest, host = record["timing"], record["usage"]["guest"], record["usage"]["host"]
    parts = timing["claim_ms"] + timing["exec_ms"] + timing["teardown_ms"]
    check(0 < parts <= timing["total_ms"] + 1, f"times do not add up: {timing}")
    check(guest["user_ms"] > 0 and guest["max_rss_kb"] > 1000, f"usage in the guest: {guest}")
    check(guest["wall_ms"] <= timing["exec_ms"] + 1, f"the program ran {guest['wall_ms']} ms in {timing}")
    check(host["cpu_ns"] > 0 and host["memory_peak_bytes"] > 10 << 20, f"usage of QEMU: {host}")


@test("--meta is written when mayfly itself is at fault, too")
def meta_of_failure(t):
    path = t.folder / "meta.json"
    qemu = t.program("qemu", "exit 3")
    ended = t.run("true", options=("--meta", path, *broken(qemu)))
    equal(ended.status, 125, "status")
    record = json.loads(path.read_text())
    equal((record["verdict"], record["error"]["code"]), ("infra_error", "vmm_exited"), "record")


@test("what a task writes is gone for the next, even if it spoils its whole disk")
def fresh_disk(t):
    spoil = "echo mine > /etc/mine; sync; head -c 50000000 /dev/zero > /dev/vda; sync; echo spoilt"
    ended = t.run("sh", "-c", spoil)
    equal(ended.out, b"spoilt\n", "first")
    ended = t.run("sh", "-c", "ls /etc/mine /work; python3 -c 'print(6 * 7)'")
    equal(ended.out, b"/work:\n42\n", "second")


@test("what is no file is written to and stays what it is: descriptors, FIFOs, devices; - is stdout")
def streams(t):
    (t.folder / "err").symlink_to("/proc/self/fd/2")
    os.mkfifo(t.folder / "fifo")
    reader = os.open(t.folder / "fifo", os.O_RDONLY | os.O_NONBLOCK)
    names = {"err": stat.S_ISLNK, "fifo": stat.S_ISFIFO}
    options = ["--meta", "err", "--artifact", "made:fifo", "--artifact", "made:-"]
    if os.geteuid() == 0:
        os.mknod(t.folder / "null", 0o600 | stat.S_IFCHR, os.makedev(1, 3))
        names["null"] = stat.S_ISCHR
        options += ["--artifact", "made:null"]
    ended = t.run("sh", "-c", "echo out; echo made > made", options=options)
    equal((ended.status, ended.out, os.read(reader, 100)), (0, b"out\nmade\n", b"made\n"), "end")
    os.close(reader)
    equal(json.loads(ended.err)["verdict"], "ok", "record on stderr")
    for name, kind in names.items():
        check(kind((t.folder / name).lstat().st_mode), f"{name} is something else now")


@test("what mayfly writes is its user's alone, whatever the umask is; an old file keeps its mode")
def modes(t):
    kept = t.write("kept", "old", 0o644)
    wrapper = ("sh", "-c", 'umask 000; exec "$0" "$@"')
    ended = t.run("sh", "-c", "echo made > made", wrapper=wrapper,
                  options=("--meta", "meta", "--artifact", "made", "--artifact", "made:kept",
                           "--metrics", "m.csv", "--metrics", "m.prom"))
    equal((ended.status, kept.read_text()), (0, "made\n"), "end")
    modes = {"meta": 0o600, "made": 0o600, "kept": 0o644, "m.csv": 0o600, "m.prom": 0o644}
    equal({name: (t.folder / name).stat().st_mode & 0o7777 for name in modes}, modes, "modes")


@test("nothing of root's is written through what another user has prepared, and nothing is run before that is known")
def prepared(t):
    if os.geteuid() != 0:
        raise Skip("only root can prepare what another user has made")
    target = t.folder / "target"
    target.mkdir()
    theirs = t.folder / "theirs"
    theirs.mkdir()
    (theirs / "link").symlink_to(target / "file")
    (theirs / "1-x").symlink_to(target)
    for path in (theirs, theirs / "link", theirs / "1-x"):
        os.chown(path, 12345, 12345, follow_symlinks=False)
    link = theirs / "link"
    for options in (("--meta", link), ("--artifact", f"made:{link}"), ("--incidents", link),
                    ("--metrics", theirs / "1-x/m.prom")):
        ended = t.mayfly("--log-level", "debug", "run", *options, "--", "true")
        equal((ended.status, "machine" in ended.err), (125, False), f"end with {options}")
        contains(ended.err, "link that another user made", "stderr")
    for options in (("--results", theirs), ("--results", theirs / "1-x"), ("--journal", link)):
        ended = t.batch([{"id": "x", "argv": ["echo", "hi"]}], *options)
        equal((ended.status, ended.out), (2, b""), f"end with {options}")
        contains(ended.err, "another user", "stderr")
    equal(list(target.iterdir()), [], "what was written there")


@test("a limit on the length of files is an error of what is written, and does not end mayfly")
def short_files(t):
    ended = t.run("true", wrapper=("sh", "-c", 'ulimit -f 100; exec "$0" "$@"'))
    equal(ended.status, 125, "status")
    contains(ended.err, "File too large", "stderr")
