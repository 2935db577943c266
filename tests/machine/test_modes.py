# SPDX-License-Identifier: Apache-2.0
"""The three ways to jail QEMU: as root, as an ordinary user, and, where neither can be had, not without being told to."""

import contextlib
import json
import mmap
import os
import re
import shutil
import subprocess
from pathlib import Path

import cgroups
from harness import Skip, by_id, check, command_of_user, contains, device_groups, equal, shell, test, unjailed

USER = 54321  # an ordinary user, whom nobody knows
BECOME_USER = command_of_user(USER)
FIRST_UID = 0x78000000  # of the VMMs of root, to which the pid is added (docs/security.md)
NAMESPACES = ("pid", "mnt", "net", "ipc", "uts", "user", "cgroup")
RUN_FAILED = 125
CONTROL_FILES = ("", "cgroup.procs", "cgroup.subtree_control", "cgroup.threads")


def need_root():
    if os.geteuid() != 0:
        raise Skip("only root can be another user, and less than root")


def status_of(pid):
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value.split() for name, _, value in (line.partition(":") for line in lines)}


def namespaces_of(pid):
    return {name: os.readlink(f"/proc/{pid}/ns/{name}") for name in NAMESPACES}


@contextlib.contextmanager
def living(t, *options, **more):
    """A machine with a running program: (mayfly, the pid of its QEMU)."""
    live = t.start("--log-level", "debug", "run", "-i", *options, "--", "sh", "-c", "echo begun; read line", stdin=-1, **more)
    qemu = live.wait_moved("ready", "running")
    live.wait_out("begun")
    yield live, qemu
    live.say(b"\n")
    equal(live.wait().status, 0, "status")


def assert_locked(qemu):
    """What holds for every jailed QEMU, whoever started it."""
    status = status_of(qemu)
    for field, wanted in (("NoNewPrivs", "1"), ("Seccomp", "2")):
        equal(status[field], [wanted], field)
    for field in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        equal(int(status[field][0], 16), 0, field)
    same = namespaces_of(qemu).items() & namespaces_of("self").items()
    check(not same, f"namespaces that are the host's: {dict(same)}")
    equal(status["NSpid"][-1], "1", "pid in its own namespace")


def assert_own_root(qemu):
    root = Path(f"/proc/{qemu}/root")
    top = {entry.name for entry in root.iterdir()}
    check(top <= {"dev", "etc", "lib", "lib64", "opt", "proc", "usr", "var"}, f"the root holds {top}")
    files = {path.name for path in (root / "etc").glob("*")}
    check(files <= {"ld.so.cache"}, f"/etc holds {files}")
    files = [path for path in root.glob("[!p]*/**/*") if path.is_file()]
    check(files, "the root holds no file: it was not read")
    for gone in ("etc/passwd", "usr/bin/sh", "bin/sh", "root", "home", "tmp", "sys"):
        check(not (root / gone).exists(), f"the root holds /{gone}")
    mounted = Path(f"/proc/{qemu}/mountinfo").read_text().splitlines()
    writable = [line for line in mounted if "ro" not in line.split()[5].split(",") and line.split()[4] != "/proc"]
    check(not [line for line in writable if "/dev/" not in line.split()[4]], f"writable mounts: {writable}")


# --- As root ------------------------------------------------------------------------------------------------


@test("as root: a uid of its own, its own namespaces, no capability, a filter, a root without the host's files")
def as_root(t):
    need_root()
    with living(t) as (mayfly, qemu):
        uid = FIRST_UID + qemu
        equal(status_of(qemu)["Uid"], [str(uid)] * 4, "uid")
        equal(status_of(qemu)["Gid"], [str(uid)] * 4, "gid")
        equal(status_of(qemu)["Groups"], [], "groups")
        for file in ("uid_map", "gid_map"):
            equal(Path(f"/proc/{qemu}/{file}").read_text().split(), ["1000", str(uid), "1"], file)
        assert_locked(qemu)
        assert_own_root(qemu)
        check(not namespaces_of(qemu).items() & namespaces_of(mayfly.pid).items(), "a namespace is mayfly's")


def processes_in(group):
    """Without KVM's thread in the kernel, which belongs to the group, too."""
    return [pid for pid in cgroups.members(group) if Path(f"/proc/{pid}/cmdline").read_bytes()]


@test("as root: two machines have different uids and namespaces, and groups of their own below mayfly's")
def two_machines(t):
    need_root()
    with living(t) as (_, one), living(t) as (_, other):
        check(status_of(one)["Uid"] != status_of(other)["Uid"], "they share a uid")
        same = namespaces_of(one).items() & namespaces_of(other).items()
        check({name for name, _ in same} <= {"net"}, f"they share {same}")
        for hierarchy in cgroups.hierarchies():
            groups = [cgroups.path_in(hierarchy, pid) for pid in (one, other)]
            if groups[0] and cgroups.SHARED in groups[0].parts:
                check(groups[0] != groups[1] and len(processes_in(groups[0])) == 1, f"groups {groups}")


@test("as root: in a group of mayfly's in every hierarchy that can limit, with limits set")
def group(t):
    need_root()
    with living(t) as (mayfly, qemu):
        for controller, v2, v1 in (("memory", "memory.max", "memory.limit_in_bytes"), ("pids", "pids.max", "pids.max"),
                                   ("cpu", "cpu.max", "cpu.cfs_quota_us")):
            if controller not in cgroups.v2_controllers() | cgroups.v1_controllers():
                continue
            file = cgroups.control_file(qemu, controller, v2, v1)
            folder = file.parent.parent
            equal((folder.name.split("-")[0], folder.parent.name), (str(mayfly.pid), cgroups.SHARED), f"group of {controller}")
            if controller != "cpu":
                limit = int(file.read_text())
                check(64 <= limit <= 512 if controller == "pids" else 512 << 20 < limit < 2 << 30, f"{file} is {limit}")


@test("as root: the compat profile is a jail too")
def compat(t):
    need_root()
    with living(t, "--jail", "compat") as (_, qemu):
        equal(status_of(qemu)["Uid"], [str(FIRST_UID + qemu)] * 4, "uid")
        assert_locked(qemu)


@test("--unsafe-no-jail: QEMU is mayfly's user in mayfly's namespaces, so that these tests can fail")
def unsafe(t):
    with living(t, "--unsafe-no-jail") as (mayfly, qemu):
        equal(status_of(qemu)["Uid"], status_of(mayfly.pid)["Uid"], "uid")
        equal(namespaces_of(qemu), namespaces_of(mayfly.pid), "namespaces")
        check(Path(f"/proc/{qemu}/root/etc/passwd").exists(), "the root is not the host's")


# --- As an ordinary user ------------------------------------------------------------------------------------


def as_user(t, **more):
    need_root()
    t.give_to(USER)
    return {"user": USER, "group": USER, "extra_groups": device_groups(), **more}


def need_user_namespaces(wrapper):
    probe = subprocess.run([*wrapper, "unshare", "--user", "true"], capture_output=True, text=True, check=False)
    if probe.returncode != 0:
        raise Skip(f"an ordinary user may make no user namespace here: {probe.stderr.strip()}")


@test("as an ordinary user with a full umask: journal, results, metrics and record are written, and are that user's alone")
def files_of_user(t):
    who = as_user(t, wrapper=("sh", "-c", 'umask 077; exec "$0" "$@"'))
    task = shell("echo out; echo made > made", id="x", artifacts=["made"])
    (t.folder / "link").symlink_to("results")
    options = ("--no-snapshot", "--journal", "journal", "--resume", "--results", "link", "--metrics", "m.prom", "--metrics", "m.csv")
    for from_journal in (None, True):
        (record,) = t.batch([task], *options, **who).records()
        equal((record["verdict"], record.get("from_journal")), ("ok", from_journal), "record")
        equal((t.folder / "results" / record["stdout_file"]).read_text(), "out\n", "output")
    modes = {"journal": 0o600, "results": 0o700, "m.prom": 0o644, "m.csv": 0o600}
    equal({name: (t.folder / name).stat().st_mode & 0o7777 for name in modes}, modes, "modes")
    equal({(t.folder / name).stat().st_uid for name in modes}, {USER}, "owners")


@test("as an ordinary user: it works, in a user namespace, with the same jail; no BPF; no cgroup that was not delegated")
def ordinary(t):
    need_user_namespaces(BECOME_USER)
    who, meta = as_user(t), t.folder / "meta.json"
    with living(t, "--no-snapshot", "--meta", meta, **who) as (mayfly, qemu):
        equal(status_of(qemu)["Uid"], [str(USER)] * 4, "uid")
        equal(Path(f"/proc/{qemu}/uid_map").read_text().split(), ["1000", str(USER), "1"], "uid_map")
        assert_locked(qemu)
        assert_own_root(qemu)
        check(namespaces_of(qemu)["user"] != namespaces_of(mayfly.pid)["user"], "QEMU has mayfly's user namespace")
    receipt = json.loads(meta.read_text())["isolation"]
    check("uid" not in receipt["jail"] and {"user", "seccomp"} <= set(receipt["jail"]), f"jail {receipt['jail']}")
    equal((receipt["cgroup"], "bpf" in receipt), ([], False), "cgroup and BPF")
    check("cpus" not in receipt["limits_enforced"], f"limits {receipt['limits_enforced']}")


@test("as an ordinary user: templates, a pool, both profiles and the limits that take no cgroup work")
def ordinary_pool(t):
    need_user_namespaces(BECOME_USER)
    who = as_user(t)
    for profile in ("strict", "compat"):
        write = "dd if=/dev/zero of=big bs=1M count=24"
        tasks = [shell(f"{write} && sync", id=str(size), limits={"disk_bytes": size << 20, "cpu_ms": 60_000}) for size in (64, 8)]
        ended = t.batch(tasks, "--jail", profile, "--pool", "1", "-j", "1", **who)
        verdicts = {number: record["verdict"] for number, record in by_id(ended.records()).items()}
        equal(verdicts, {"64": "ok", "8": "disk_exceeded"}, f"verdicts with {profile}")


@test("as an ordinary user in a delegated group: the controllers of v2 are in force, and the group is empty afterwards")
def delegated(t):
    need_user_namespaces(BECOME_USER)
    if "memory" not in cgroups.v2_controllers():
        raise Skip("cgroup v2 has no memory controller here")
    as_user(t)
    meta = t.folder / "meta.json"
    with delegated_group(t) as place:
        enter = ["sh", "-c", 'echo $$ > "$0/cgroup.procs" && exec "$@"', place, *BECOME_USER]
        with living(t, "--no-snapshot", "--meta", meta, wrapper=enter) as (_, qemu):
            memory = cgroups.control_file(qemu, "memory", "memory.max", "")
            check(place in memory.parents and int(memory.read_text()) > 0, f"its group is {memory.parent}")
        equal(cgroups.members(place), [], "processes in the group")
        equal([entry.name for entry in place.iterdir() if entry.is_dir()], [], "groups in it")
    receipt = json.loads(meta.read_text())["isolation"]["cgroup"]
    check(receipt[0] == "v2" and {"memory", "pids"} <= set(receipt), f"receipt {receipt}")


@contextlib.contextmanager
def delegated_group(t):
    """A group that belongs to the user, as systemd's Delegate=yes makes them."""
    root = cgroups.unified().mount
    (root / "cgroup.subtree_control").write_text("+memory +pids +cpu +io")
    place = root / t.folder.name
    place.mkdir()
    try:
        for name in CONTROL_FILES:
            os.chown(place / name, USER, USER)
        yield place
    finally:
        place.rmdir()


# --- Whoever started it ------------------------------------------------------------------------------------


def shell_wrapper(script):
    return ["sh", "-c", f'{script}; exec "$@"', "sh"]


@test("whatever is inherited: a full umask, ignored signals, closed descriptors, low soft limits, an odd locale, a cwd that is gone")
def inherited(t):
    known = set((t.home / "templates").glob("[0-9a-f]*"))
    (t.folder / "gone").mkdir()
    odd = ("umask 0777", "trap '' HUP INT TERM CHLD PIPE XFSZ USR1", "ulimit -Sn 40; ulimit -Ss 256", "export LC_ALL=de_DE.UTF-8 TZ=Asia/Kathmandu",
           f"cd {t.folder}/gone && rmdir {t.folder}/gone", "exec 0<&-")
    for script in (*odd, "; ".join(odd)):
        ended = t.run("sh", "-c", "echo hi; exit 3", wrapper=shell_wrapper(script))
        equal((ended.status, ended.out), (3, b"hi\n"), f"after {script}: {ended.err}")
        (t.folder / "gone").mkdir(exist_ok=True)
    check(known <= set((t.home / "templates").glob("[0-9a-f]*")), "a template was removed")


@test("hard limits that are too low: doctor names them, with a remedy, and no home is blamed for them")
def hard_limits(t):
    low = shell_wrapper("ulimit -n 8")
    ended = t.run("true", wrapper=low)
    equal(ended.status, RUN_FAILED, "status")
    contains(ended.err, "Too many open files", "stderr")
    check("MAYFLY_HOME" not in ended.err, f"another home is no remedy: {ended.err}")
    found = {c["name"]: c for c in json.loads(t.mayfly("doctor", "--json", wrapper=low).out)["checks"]}["rlimits"]
    equal(found["status"], "warning", f"status of {found}")
    contains(found["finding"], "open files (-n) 8", "finding")
    contains(found["remedy"], "ulimit -H", "remedy")


@test("a home that is made under one umask can be used under any other, and nobody else may write there")
def umasks(t):
    t.private_templates()
    t.plain_image()
    (t.home / "templates").rmdir()
    for mask in ("0777", "077", "022", "0"):
        ended = t.run("echo", "hi", wrapper=shell_wrapper(f"umask {mask}"))
        equal((ended.status, ended.out), (0, b"hi\n"), f"under umask {mask}: {ended.err}")
    for path in (t.home, *t.home.rglob("*")):
        if not path.is_symlink():
            check(not path.stat().st_mode & 0o022 and path.stat().st_mode & 0o400, f"{path} has mode {path.stat().st_mode:o}")


@test("a QEMU that cannot be executed is no verdict about KVM")
def not_executed(t):
    (t.home / "cache/accelerator.json").unlink(missing_ok=True)
    qemu = t.write("qemu", b"\x7fELF is no program", 0o755)
    ended = t.run("true", options=("--accel", "auto", "--no-snapshot", *unjailed(qemu)))
    equal(ended.status, RUN_FAILED, f"status: {ended.err}")
    contains(ended.err, "Exec format error", "stderr")
    check(not (t.home / "cache/accelerator.json").exists(), "an answer was remembered")


# --- Layers that are required -------------------------------------------------------------------------------


@test("what is required by flag, environment or file is required; --unsafe-no-jail cannot take it back")
def required(t):
    file = t.write("mayfly.toml", 'require = "jail"\n')
    unsafe = t.write("unsafe.toml", "unsafe-no-jail = true\n")
    both = "--require jail insists"
    for options, env, said in (
            (("--require", "kvm,jail", "--unsafe-no-jail"), {}, both),
            (("--unsafe-no-jail",), {"MAYFLY_REQUIRE": "jail"}, both),
            (("--unsafe-no-jail", "--require", "cgroup"), {"MAYFLY_REQUIRE": "jail"}, both),
            (("--unsafe-no-jail", "--require", "cgroup", "--config", file), {}, both),
            (("--require", "cgroup", "--config", file), {"MAYFLY_REQUIRE": "bpf", "MAYFLY_UNSAFE_NO_JAIL": "1"}, both),
            (("--require", "jail", "--config", unsafe), {}, both),
            (("--config", unsafe), {"MAYFLY_CONFIG": str(file)}, both),
            ((), {"MAYFLY_REQUIRE": "jail,jial"}, "'jial'"),
            (("--require", "jial"), {}, "jial")):
        ended = t.mayfly(*options, "run", "--", "true", env=env)
        equal(ended.status, RUN_FAILED, f"status with {options} {env}")
        contains(ended.err, said, f"stderr with {options} {env}")


# --- Who else could have written there ----------------------------------------------------------------------


@test("what others could have written is not used: each place of the state, with its name and the remedy")
def trusted(t):
    need_root()
    t.private_kernel()
    t.private_image()
    places = [t.home / name for name in ("", "kernel", "kernel/manifest.json", "kernel/vmlinux", "images", "images/base",
                                         "images/base/manifest.json", "cache", "cache/digests")]
    for place in places:
        mode = place.stat().st_mode & 0o777
        place.chmod(mode | 0o002)
        said_untrusted(t, f"{place} can be written by others", f"chmod go-w {place}")
        place.chmod(mode)
        os.chown(place, USER, USER)
        said_untrusted(t, f"{place} belongs to uid {USER}", f"chown -h 0 {place}")
        os.chown(place, 0, 0)
    equal(t.run("echo", "hi").out, b"hi\n", "output when all is in order")


def said_untrusted(t, *said):
    ended = t.run("true")
    equal(ended.status, RUN_FAILED, f"status: {ended.err}")
    for words in said:
        contains(ended.err, words, "stderr")


@test("an image or kernel that somebody has open for writing, or mapped so, is not used")
def writers(t):
    need_root()
    kernel = t.private_kernel() / "vmlinux"
    image = t.private_image() / "overlay.qcow2"
    for path in (kernel, image):
        with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as mapped:
            file.close()
            mapped[0:1] = mapped[0:1]
            said_untrusted(t, f"{path} is open for writing")
    equal(t.run("echo", "hi").out, b"hi\n", "output when nobody writes")


@test("a stranger's folders are left alone, whatever place of theirs is taken for a home")
def strangers(t):
    need_root()
    victim = t.folder / "victim"
    (victim / "7-0123456789abcdef/thesis").mkdir(parents=True)
    (victim / "7-0123456789abcdef").chmod(0o700)
    (victim / "7-0123456789abcdef/thesis/text").write_text("precious")
    t.run_folder.symlink_to(victim)
    ended = t.run("true")
    equal(ended.status, RUN_FAILED, "status")
    contains(ended.err, f"{t.run_folder} is not a directory of mayfly's own", "stderr")
    t.run_folder.unlink()
    victim.rename(t.run_folder)
    equal(t.run("echo", "hi").out, b"hi\n", "output")
    equal((t.run_folder / "7-0123456789abcdef/thesis/text").read_text(), "precious", "a file")
    shutil.rmtree(t.run_folder)


@test("--vmm-uids: the range is used, and one that is too small for this host's pids is refused")
def uid_range(t):
    need_root()
    pids = int(Path("/proc/sys/kernel/pid_max").read_text())
    with living(t, "--vmm-uids", f"300000000:{pids}") as (_, qemu):
        equal(status_of(qemu)["Uid"], [str(300_000_000 + qemu)] * 4, "uid")
    ended = t.run("true", options=("--vmm-uids", f"300000000:{pids - 1}"))
    equal(ended.status, RUN_FAILED, "status")
    contains(ended.err, f"pids go up to {pids}", "stderr")


# --- With neither -------------------------------------------------------------------------------------------

LESS_THAN_ROOT = ["setpriv", "--bounding-set=-sys_admin"]
# Who is in it is an ordinary user, and it is the last user namespace there can be.
NO_NAMESPACES = ["unshare", "--user", f"--map-user={USER}", f"--map-group={USER}", "--keep-caps",
                 "sh", "-c", 'echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"', "sh",
                 "setpriv", "--bounding-set=-all", "--inh-caps=-all", "--ambient-caps=-all"]


def refuses(t, wrapper, what):
    ended = t.mayfly("--log-level", "debug", "batch", "-", stdin=b'{"argv":["true"]}\n', wrapper=wrapper)
    equal((ended.status, ended.out), (69, b""), "end")
    for words in (*what, "--unsafe-no-jail"):
        contains(ended.err, words, "stderr")
    check("-> launching" not in ended.err, "a machine was started")
    equal(t.run("true", wrapper=wrapper).status, RUN_FAILED, "status of a run")


def runs_unsafely(t, wrapper):
    meta = t.folder / "meta.json"
    ended = t.run("echo", "hi", options=("--no-snapshot", "--unsafe-no-jail", "--meta", meta), wrapper=wrapper)
    equal((ended.status, ended.out), (0, b"hi\n"), f"end without a jail: {ended.err}")
    equal(json.loads(meta.read_text())["isolation"].get("unsafe_no_jail"), True, "unsafe_no_jail")


@test("root without CAP_SYS_ADMIN, as in a container: refused, with what is missing and the way out, which works")
def less_than_root(t):
    need_root()
    refuses(t, LESS_THAN_ROOT, ["SYS_ADMIN"])
    runs_unsafely(t, LESS_THAN_ROOT)


@test("an ordinary user without user namespaces: refused, with what is missing and the way out, which works")
def no_namespaces(t):
    probe = subprocess.run([*NO_NAMESPACES, "id", "-u"], capture_output=True, text=True, check=False)
    if probe.stdout != f"{USER}\n":
        raise Skip(f"no such place can be made here: {probe.stderr.strip()}")
    refuses(t, NO_NAMESPACES, ["user namespace", "max_user_namespaces"])
    runs_unsafely(t, NO_NAMESPACES)


@test("root without a capability that the jail needs: refused by name, and nothing hangs; without the others it works")
def capabilities(t):
    need_root()
    for needed in ("sys_chroot", "chown", "setuid", "setgid", "kill"):
        refuses(t, ["setpriv", f"--bounding-set=-{needed}"], [f"without the capability {needed.upper()}", f"--cap-add {needed.upper()}"])
    least = ["setpriv", "--bounding-set=-all,+sys_admin,+sys_chroot,+chown,+setuid,+setgid,+kill"]
    if t.accelerator == "kvm":  # which wants a /dev/kvm of each machine's own
        ended = t.mayfly("batch", "-", stdin=b'{"argv":["true"]}\n', wrapper=least)
        equal((ended.status, ended.out), (69, b""), "without MKNOD")
        contains(ended.err, "/dev/kvm is not for every user", "stderr")
        contains(ended.err, "MKNOD", "stderr")
        least[-1] += ",+mknod"
    ended = t.run("echo", "hi", wrapper=least)
    equal((ended.status, ended.out), (0, b"hi\n"), f"with no others: {ended.err}")


@test("doctor says the same: the jail cannot be had, and how it could")
def doctor(t):
    need_root()
    ended = t.mayfly("doctor", "--json", wrapper=LESS_THAN_ROOT)
    text = ended.out.decode()
    check(ended.status != 0, "doctor is content")
    check(re.search(r"jail", text) and "SYS_ADMIN" in text, f"doctor says {text[:500]}")
