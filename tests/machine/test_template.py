# SPDX-License-Identifier: Apache-2.0
"""The store of templates: each is built once, what is damaged or of somebody else is never used, and nothing is in the way.

A template is a directory named by 32 hex digits. Which one was used shows in the store: a template that is built
anew is a new directory, so that an inode which stays is a template that was taken as it was.
"""

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess

from folder_watch import FolderWatch
from harness import Skip, but_for_the_jail, check, children_of, contains, equal, shell, test, unjailed

DEAD = 128 + signal.SIGKILL
OF_TEMPLATE = '[[ "$*" == *share=on* ]]'  # in a QEMU's wrapper: it is to become a template
OF_CLONE = '[[ "$*" == *-incoming* ]]'


def templates(t):
    """{key: inode} of the complete templates."""
    store = t.home / "templates"
    return {path.name: path.stat().st_ino for path in store.iterdir() if re.fullmatch("[0-9a-f]{32}", path.name)}


def only_template(t):
    (key,) = templates(t)
    return t.home / "templates" / key


def origin(t, *options, status=0, **more):
    """Runs one task, which must succeed; tells where its machine came from, and what mayfly said about it."""
    meta = t.folder / "meta.json"
    ended = t.run("echo", "hi", options=("--meta", meta, *options), **more)
    equal((ended.status, ended.out), (status, b"hi\n"), "end")
    return json.loads(meta.read_text())["machine"]["origin"], ended.err


def assert_whole(t, key=None):
    """The template in the store is what its manifest says, and only its owner can use it."""
    folder = t.home / "templates" / key if key else only_template(t)
    manifest = json.loads((folder / "manifest.json").read_text())
    equal((manifest["key"], folder.stat().st_mode & 0o777), (folder.name, 0o700), "key and mode")
    for name in ("memory", "state", "overlay"):
        content = (folder / manifest[name]["file"]).read_bytes()
        equal(hashlib.sha256(content).hexdigest(), manifest[name]["sha256"], f"digest of {name}")


def assert_tidy(t):
    """The store holds templates and locks, nothing half done."""
    names = [path.name for path in (t.home / "templates").iterdir()]
    odd = [name for name in names if not re.fullmatch(r"[0-9a-f]{32}|\.[0-9a-f]{32}\.lock", name)]
    check(not odd, f"in the store: {odd}")


def own_template(t):
    """A store of this test's own, with one template in it that is quickly built anew; returns its folder."""
    t.plain_image()
    t.private_templates()
    equal(origin(t), ("template", ""), "first run")
    assert_whole(t)
    return only_template(t)


# --- Built once ---------------------------------------------------------------------------------------------


@test("four mayflies that start together: one builds the template, the others wait for it, all restore")
def together(t):
    t.plain_image()
    t.private_templates()
    qemu = t.program("qemu", f'{OF_TEMPLATE} && echo built >> "{t.folder}/built"\nexec "{t.qemu}" "$@"')
    task = t.tasks([{"argv": ["echo", "hi"]}])
    lives = [t.start(*unjailed(qemu), "batch", "-j", "1", task) for _ in range(4)]
    for live in lives:
        ended = live.wait()
        (record,) = ended.records()
        equal((ended.status, record["verdict"], record["machine"]["origin"], but_for_the_jail(ended.err)), (0, "ok", "template", ""), "end")
    equal((t.folder / "built").read_text(), "built\n", "templates that were built")
    assert_whole(t)
    assert_tidy(t)


@test("a template is built when it is first wanted and then used as it is, by other mayflies, too")
def kept(t):
    own_template(t)
    before = templates(t)
    for _ in range(2):
        equal(origin(t), ("template", ""), "run")
    equal(templates(t), before, "templates")


@test("another shape, another QEMU at the same path, another warm-up: each has a template of its own")
def inputs(t):
    own_template(t)
    seen = set(templates(t))

    def adds_one(*options):
        equal(origin(t, *options)[0], "template", f"origin with {options}")
        added = set(templates(t)) - seen
        equal(len(added), 1, f"new templates with {options}")
        seen.update(added)

    adds_one("--memory", "128M")
    qemu = t.program("qemu", f'exec "{t.qemu}" "$@"')
    adds_one("--memory", "128M", *unjailed(qemu))
    t.program("qemu", f'exec "{t.qemu}" "$@" # as before')
    adds_one("--memory", "128M", *unjailed(qemu))
    manifest = t.home / "images/base/manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"warmup": ["true"]}))
    adds_one("--memory", "128M")
    equal(origin(t)[0], "template", "origin")
    assert_tidy(t)


@test("what the warm-up wrote is there for each task; a warm-up that fails or is nobody's business does no harm")
def warm_up(t):
    warmup = ["echo warm > /tmp/warm; id -u >> /tmp/warm", "exit 3", "no-such-program", "echo > /etc/passwd"]
    t.plain_image(warmup=warmup)
    t.private_templates()
    for _ in range(2):
        ended = t.run("sh", "-c", "cat /tmp/warm; grep -c root: /etc/passwd; ls /work")
        equal((ended.status, ended.out), (0, b"warm\n65534\n1\n"), "end")


# --- Never used ---------------------------------------------------------------------------------------------


def change_byte(path):
    """One bit in the middle; the time of the last change is set back."""
    times = path.stat()
    with open(path, "r+b") as file:
        file.seek(times.st_size // 2)
        byte = file.read(1)[0]
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte ^ 1]))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def change_manifest(folder, **changes):
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def shift_extents(folder):
    """What is to be where in memory, all in bounds but for the last."""
    manifest = json.loads((folder / "manifest.json").read_text())
    *others, (_, length) = manifest["extents"]
    change_manifest(folder, extents=[*others, [manifest["memory_bytes"] - length + 4096, length]])


def replace(path):
    size = path.stat().st_size
    path.unlink()
    path.write_bytes(bytes(size))


DAMAGE = {
    "a bit of the memory": lambda f: change_byte(f / "memory"),
    "a bit of the device state": lambda f: change_byte(f / "state"),
    "a bit of the disk": lambda f: change_byte(f / "overlay"),
    "a memory file that was cut": lambda f: os.truncate(f / "memory", (f / "memory").stat().st_size - 4096),
    "another memory file of the same size": lambda f: replace(f / "memory"),
    "a file that is gone": lambda f: (f / "state").unlink(),
    "a manifest that is none": lambda f: (f / "manifest.json").write_text("{"),
    "memory that would be out of bounds": shift_extents,
    "a template of another key": lambda f: change_manifest(f, key="0" * 32),
    "a folder that others can write": lambda f: f.chmod(0o777),
}


def define(_setting):
    names = list(DAMAGE)
    for pair in zip(names[::2], names[1::2]):
        test(f"never used, and built anew: {'; '.join(pair)}")(lambda t, names=pair: damaged(t, names))


def damaged(t, names):
    folder = own_template(t)
    for name in names:
        before = templates(t)
        DAMAGE[name](folder)
        equal(origin(t), ("template", ""), f"end with {name}")
        check(templates(t) != before and set(templates(t)) == set(before), f"{name} was used: {before}, {templates(t)}")
        assert_whole(t)
        assert_tidy(t)


@test("never used: a template that was renamed, one that is a link, one of another user; the store open to all")
def foreign(t):
    folder = own_template(t)
    key = folder.name
    other = folder.with_name("0" * 32)
    equal(origin(t, "--memory", "128M")[0], "template", "origin")
    (small,) = set(templates(t)) - {key}
    shutil.rmtree(folder)
    (t.home / "templates" / small).rename(folder)  # a machine of another size, whole in itself
    equal(origin(t), ("template", ""), "end with a renamed one")
    assert_whole(t, key)
    folder.rename(other)
    folder.symlink_to(other)
    equal(origin(t), ("template", ""), "end with a link")
    check(not folder.is_symlink(), "the link was used")
    assert_whole(t, key)
    shutil.rmtree(other)
    if os.geteuid() == 0:
        before = templates(t)
        os.chown(folder, 65534, 65534)
        equal(origin(t), ("template", ""), "end with another's")
        check(templates(t) != before and folder.stat().st_uid == 0, "another user's was used")
    (t.home / "templates").chmod(0o777)
    equal(origin(t)[0], "template", "origin with an open store")
    assert_whole(t, key)


# --- In nobody's way ------------------------------------------------------------------------------------------


def killed_while(t, wait):
    """mayfly is killed at some time of its building; what comes after it builds anew and finds nothing in its way."""
    t.plain_image()
    store = t.private_templates()
    watch = FolderWatch(store)
    live = t.start("run", "--", "true")
    wait(live, watch)
    machines = children_of(live.pid)
    equal(live.kill().status, DEAD, "status")
    t.check_orphans(machines)
    equal(templates(t), {}, "templates")
    equal(origin(t), ("template", ""), "end of the next")
    assert_whole(t)
    assert_tidy(t)


@test("killed as it begins to build: nothing is left, and the next start builds")
def killed_at_begin(t):
    killed_while(t, lambda _live, watch: watch.wait("."))


@test("killed as it writes the template: nothing is left, and the next start builds")
def killed_at_end(t):
    killed_while(t, lambda _live, watch: watch.wait(".building-"))


@test("interrupted while it builds: nothing is left, and the next start builds")
def interrupted(t):
    t.plain_image()
    store = t.private_templates()
    for number, status in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        watch = FolderWatch(store)
        live = t.start("run", "--", "sleep", "600")
        (store / watch.wait(".")).unlink()  # the lock, which is made before anything else
        live.signal(number)
        equal(live.wait().status, status, "status")
        equal(templates(t), {}, "templates")
    equal(origin(t), ("template", ""), "end of the next")
    assert_tidy(t)


def small_store(t, options):
    """A command that executes another with a file system of its own as the store, which only it sees."""
    store = t.private_templates()
    unshare = ["unshare", "--mount"] + ([] if os.geteuid() == 0 else ["--user", "--map-root-user"])
    wrapper = [*unshare, "sh", "-c", f'mount -t tmpfs -o {options} none "$0" && exec "$@"', store]
    probe = subprocess.run([*wrapper, "true"], capture_output=True, text=True, check=False)
    if probe.returncode != 0:
        raise Skip(f"no file system can be mounted here: {probe.stderr.strip()}")
    return wrapper


@test("a store that is full: tasks run from a template that is not kept")
def full_store(t):
    t.plain_image()
    equal(origin(t, wrapper=small_store(t, "size=1m,mode=700"))[0], "template", "origin")


@test("a store that cannot be written: tasks run, and it is said why they are slow")
def read_only_store(t):
    t.plain_image()
    came_from, said = origin(t, wrapper=small_store(t, "ro,mode=700"))
    check(came_from == "template" or "Read-only" in said, f"from {came_from}: {said}")


@test("a template that cannot be built: machines boot, it is said once, and no task fails")
def cannot_build(t):
    t.private_templates()
    qemu = t.program("qemu", f'{OF_TEMPLATE} && exit 3\nexec "{t.qemu}" "$@"')
    ended = t.batch([shell("echo hi", id=f"t{n}") for n in range(3)], "--retries", "0", *unjailed(qemu))
    equal((ended.status, [(r["verdict"], r["machine"]["origin"]) for r in ended.records()]), (0, [("ok", "boot")] * 3))
    equal(ended.err.count("machines boot"), 1, f"lines about it in {ended.err}")
    contains(ended.err, "status 3", "stderr")
    equal(templates(t), {}, "templates")


@test("a QEMU that ends before it speaks when it is to restore a machine: machines boot from then on, and the template is kept")
def cannot_restore(t):
    t.plain_image()
    t.private_templates()
    qemu = t.program("qemu", f'{OF_CLONE} && exit 3\nexec "{t.qemu}" "$@"')
    ended = t.batch([shell("echo hi", id=f"t{n}") for n in range(3)], "-j", "1", "--pool", "0", *unjailed(qemu))
    found = [(r["verdict"], r["attempts"], r["machine"]["origin"]) for r in ended.records()]
    equal((ended.status, found), (0, [("ok", 2, "boot"), ("ok", 1, "boot"), ("ok", 1, "boot")]), "end")
    equal(ended.err.count("machines boot from now on"), 1, f"lines about it in {ended.err}")
    equal(len(templates(t)), 1, "templates")


@test("--no-snapshot neither builds nor uses a template")
def no_snapshot(t):
    t.private_templates()
    equal(origin(t, "--no-snapshot"), ("boot", ""), "end")
    equal(list((t.home / "templates").iterdir()), [], "store")


@test("mayfly template: build, list and prune")
def command(t):
    t.plain_image()
    t.private_templates()
    equal(t.mayfly("template", "list").out, b"", "list of an empty store")
    built = t.mayfly("template", "build", "--memory", "128M")
    equal((built.status, built.err), (0, ""), "end of build")
    contains(built.out.decode(), "built in", "first build")
    before = templates(t)
    equal(list(before), [built.out.decode().split()[0]], "templates")
    contains(t.mayfly("template", "build", "--memory", "128M").out.decode(), "there already", "second build")
    equal(origin(t, "--memory", "128M")[0], "template", "origin")
    equal(templates(t), before, "templates after their use")
    listed = t.mayfly("template", "list").out.decode().splitlines()
    equal([line.split()[0] for line in listed], list(before), "list")
    contains(listed[0], f"image base, 192 MiB, 1 vCPU, {t.accelerator}", "list")
    equal((t.mayfly("template", "prune").out, templates(t)), (b"", before), "prune of what was just used")
    contains(t.mayfly("template", "prune", "--all").out.decode(), f"removed {listed[0].split()[0]}", "prune --all")
    equal(templates(t), {}, "templates after that")
    ended = t.mayfly("template", "build", "--image", "nonesuch")
    equal((ended.status, ended.out), (1, b""), "end with an unknown image")
