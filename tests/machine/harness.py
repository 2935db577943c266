# SPDX-License-Identifier: Apache-2.0
"""What a machine test works with: a state directory of its own, mayfly in it, and the proof that nothing is left.

A test is a function of one argument, a Bench, marked with @test("what it shows"). It runs in a process of its
own (see run), which adopts every orphan of the processes that it starts. So whatever outlives mayfly becomes a
child of the test, and is found. Nothing here sleeps or polls: tests wait for a line, an end of file or a process.
"""

import contextlib
import fnmatch
import json
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

import bpf_objects
import cgroups
from checks import Failure, check, contains, equal
from processes import Live, children_of, describe_process, end_children, has_children, holders_of, records_of

__all__ = ["Bench", "Failure", "Live", "Setting", "Skip", "Test", "TimeLimit", "by_id", "check", "children_of",
           "contains", "equal", "holders_of", "records_of", "shell", "test", "tests", "to_lines"]

DEFAULT_LIMIT = 180  # seconds: a guard against hanging, not a promise
LOG_TAIL = 25  # lines of mayfly's stderr that are shown with a failure
# How a process may end whose parent was killed: by the signal that is sent for it; before it became QEMU, as it finds
# its parent gone; or by itself, as its guest's agent finds the host gone.
ORPHAN_ENDS = {128 + signal.SIGKILL, 127, 0}

tests = []  # every Test, in order of definition


class Skip(Exception):
    """Why this test cannot be run on this host."""


class TimeLimit(Exception):
    """The test hung."""


class Test(NamedTuple):
    name: str  # "theme: what it shows"
    function: object
    limit: int
    needs: tuple = ()  # of what tests share, such as a machine: each has open(setting), called often, and close()


ACCELERATOR = os.environ.get("MAYFLY_TEST_ACCEL", "tcg")


class Setting(NamedTuple):
    """What all tests share."""

    mayfly: Path
    die_at: Path
    qemu: str
    home: Path  # a real state directory: kernel, images, digests
    templates: Path | None = None  # a store of templates for all tests that do not want their own
    kept_home: Path | None = None  # the one that outlives the tests: what takes minutes to make is taken from it, and kept in it
    scale: float = float(os.environ.get("MAYFLY_TEST_SCALE", "1"))
    accelerator: str = ACCELERATOR
    patience: float = float(os.environ.get("MAYFLY_TEST_PATIENCE", "1"))

    def limit_of(self, test):
        """In seconds."""
        return round(test.limit * self.patience)

    def slow(self, milliseconds):
        """Time for a guest to come so far, on this host."""
        return round(milliseconds * self.patience)


def test(what, limit=DEFAULT_LIMIT, needs=()):
    def register(function):
        theme = function.__module__.removeprefix("test_")
        tests.append(Test(f"{theme}: {what}", function, limit, needs))
        return function

    return register


def device_groups():
    """The groups of an ordinary user who may use what machines run on here."""
    return [os.stat("/dev/kvm").st_gid] if ACCELERATOR == "kvm" else []


def command_of_user(uid):
    """What goes before a command to be executed by an ordinary user, who may run machines."""
    groups = ",".join(map(str, device_groups()))
    return ["setpriv", f"--reuid={uid}", f"--regid={uid}", f"--groups={groups}" if groups else "--clear-groups", "--"]


def unjailed(qemu):
    """Options for a QEMU that is a script: those cannot run in the jail."""
    return ("--unsafe-no-jail", "--qemu", qemu)


def broken(qemu):
    """The same for one that boots no guest; with it, nobody can find out whether KVM works."""
    return (*unjailed(qemu), "--accel", "tcg")


def but_for_the_jail(err):
    """What is said beside the warning that a scripted QEMU runs without a jail."""
    return "".join(line for line in err.splitlines(keepends=True) if "without a jail" not in line)


class Bench:
    """One test's state directory, and mayfly in it."""

    def __init__(self, setting):
        self.setting = setting
        self.qemu = setting.qemu
        self.accelerator = setting.accelerator
        self.folder = Path(tempfile.mkdtemp(prefix="mayfly-test-"))
        self.home = self.folder / "home"
        self.run_folder = self.home / "run"
        self.started = []
        (self.home / "images").mkdir(parents=True)
        (self.home / "kernel").symlink_to((setting.home / "kernel").resolve())
        self.link_image("base", setting.home)
        self.take_over_cache()
        if setting.templates:  # all tests build into the same store, and find what others built
            (self.home / "templates").symlink_to(setting.templates)
        self.env = {name: value for name, value in os.environ.items() if not name.startswith("MAYFLY_")}
        # Limits are meant as they are given, and tests shall not wait for them longer.
        self.env |= {"MAYFLY_HOME": str(self.home), "MAYFLY_ACCEL": self.accelerator, "MAYFLY_TIME_FACTOR": "1"}

    def take_over_cache(self):
        """What others found out, so that not each test has to: digests, and that KVM works where it is to be used."""
        theirs, ours = self.setting.home / "cache", self.home / "cache"
        ours.mkdir()
        if (theirs / "digests").is_dir():
            shutil.copytree(theirs / "digests", ours / "digests")
        if self.accelerator == "kvm" and (theirs / "accelerator.json").exists():
            shutil.copy(theirs / "accelerator.json", ours)

    # Files

    def write(self, name, content, mode=0o644):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        path.chmod(mode)
        return path

    def program(self, name, body):
        """An executable script."""
        return self.write(name, f"#!/bin/bash\n{body}\n", 0o755)

    def tasks(self, tasks, name="tasks.ndjson"):
        return self.write(name, to_lines(tasks))

    def private_kernel(self):
        """A copy of the kernel that the test may spoil; returns its folder."""
        return self.private("kernel")

    def private_image(self, with_disk=True):
        """The image's folder with a copy of all but the disk, which is linked."""
        return self.private("images/base", linked=("rootfs.ext4",) if with_disk else ())

    def private_templates(self, copied=False):
        """A store of templates of this test's own: empty, or with those that others had built when it was made."""
        store = self.home / "templates"
        store.unlink()
        if copied:
            shutil.copytree(self.setting.templates, store, ignore=shutil.ignore_patterns(".building-*"))
        else:
            store.mkdir(0o700)
        return store

    def link_image(self, name, home):
        (self.home / "images" / name).symlink_to((home / "images" / name).resolve())

    def plain_image(self, **changes):
        """The image without warm-up and exercise: its template is built in the time of a boot."""
        path = self.private_image() / "manifest.json"
        manifest = json.loads(path.read_text()) | {"warmup": [], "exercise": ""} | changes
        path.write_text(json.dumps(manifest))

    def private(self, name, linked=()):
        link = self.home / name
        source = link.resolve()
        link.unlink()
        link.mkdir()
        for file in source.iterdir():
            if fnmatch.filter(linked, file.name):
                (link / file.name).symlink_to(file)
            elif file.name != "rootfs.ext4":
                shutil.copyfile(file, link / file.name)
        return link

    def often(self, count, least=2):
        """How often to repeat what is repeated `count` times, on a host as fast as most, to show that it holds."""
        return max(least, round(count * self.setting.scale))

    # Mayfly

    def start(self, *arguments, env=None, wrapper=(), **options):
        """mayfly, running. `wrapper` is a command that executes it."""
        return self.start_program([*wrapper, self.setting.mayfly, *arguments], env=self.env | (env or {}), **options)

    def start_program(self, argv, env=None, **options):
        live = Live(argv, env=env or self.env, cwd=self.folder, **options)
        self.started.append(live)
        return live

    def mayfly(self, *arguments, stdin=None, **options):
        """mayfly, run to its end; `stdin` are bytes."""
        if stdin is not None:
            options["stdin"] = subprocess.PIPE
        live = self.start(*arguments, **options)
        if stdin is not None:
            live.say(stdin)
        return live.wait()

    def run(self, *command, options=(), **more):
        return self.mayfly("run", *options, "--", *command, **more)

    def batch(self, tasks, *options, **more):
        """The end of a batch over `tasks`, which come through a pipe."""
        return self.mayfly("batch", *options, "-", stdin=to_lines(tasks), **more)

    def start_batch(self, *options, **more):
        return self.start("--log-level", "debug", "batch", *options, "-", stdin=subprocess.PIPE, **more)

    def sweep(self):
        """Another mayfly starts, which removes what dead ones left, and finds nothing to do."""
        equal(self.mayfly("batch", "/dev/null").status, 0, "status of an empty batch")

    # What is left

    def collect_orphans(self):
        """Waits until whatever outlived its parent has ended too: {pid: status}."""
        self.assert_waited()
        ended = {}
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, 0)
                code = os.waitstatus_to_exitcode(status)
                ended[pid] = code if code >= 0 else 128 - code
        return ended

    def check_orphans(self, expected):
        """Waits for the QEMUs of a mayfly that was killed: there are no others, and they died with it."""
        ended = self.collect_orphans()
        check(set(ended) <= set(expected), f"other processes were left than {expected}: {ended}")
        check(set(ended.values()) <= ORPHAN_ENDS, f"QEMU ended otherwise: {ended}")

    def assert_waited(self):
        still = [live.pid for live in self.started if live.process.returncode is None]
        check(not still, f"the test did not wait for {still}")

    def assert_nothing_left(self):
        self.assert_waited()
        check(not has_children(), f"processes are left: {[describe_process(pid) for pid in children_of()]}")
        files = sorted(self.run_folder.glob("*")) if self.run_folder.exists() else []
        check(not files, f"the run directory holds {list(map(str, files))}")
        held = holders_of(self.run_folder)
        check(not held, f"files of the run directory are open: {held}")
        self.assert_kernel_clean()

    def assert_kernel_clean(self):
        """Nothing of ours that is neither a process nor a file."""
        groups = cgroups.left_by(live.pid for live in self.started)
        check(not groups, f"cgroups are left: {list(map(str, groups))}")
        mounts = mounts_of(self.folder)
        check(not mounts, f"mounts are left: {mounts}")
        sockets = [line for line in Path("/proc/net/unix").read_text().splitlines() if str(self.folder) in line]
        check(not sockets, f"sockets are left: {sockets}")
        programs = bpf_objects.left() if bpf_objects.can_look() else set()
        check(not programs, f"BPF programs are left: {programs}")

    def give_to(self, uid):
        """The state directory, and a mayfly of its own, to an ordinary user; no shared templates, which are not his."""
        (self.home / "templates").unlink(missing_ok=True)
        shutil.copy(self.setting.mayfly, self.folder / "mayfly")
        self.setting = self.setting._replace(mayfly=self.folder / "mayfly")
        for path in (self.folder, *self.folder.rglob("*")):
            os.chown(path, uid, uid, follow_symlinks=False)
        self.env |= {"HOME": str(self.folder)}

    def close(self):
        end_children()
        shutil.rmtree(self.folder, ignore_errors=True)

    def log_tails(self):
        for live in self.started:
            lines = bytes(live.err.content if live.err else b"").decode(errors="replace").splitlines()[-LOG_TAIL:]
            if lines:
                yield f"stderr of process {live.pid}:"
                yield from (f"  {line[:400]}" for line in lines)


def mounts_of(folder):
    """Mounts below `folder`, and those that a jail makes for itself, as far as they can be seen from here."""
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    return [line for line in lines if f" {folder}" in line or line.split(" - ")[1].split()[1] == "mayfly"]


def to_lines(tasks):
    """NDJSON; bytes and text go in as they are."""
    def line(task):
        if isinstance(task, bytes):
            return task
        return (task if isinstance(task, str) else json.dumps(task)).encode()

    return b"".join(line(task) + b"\n" for task in tasks)


def shell(script, **fields):
    return {"argv": ["sh", "-c", script], **fields}


def by_id(records):
    found = {record.get("id"): record for record in records}
    equal(len(found), len(records), "number of different ids")
    return found
