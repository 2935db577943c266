# SPDX-License-Identifier: Apache-2.0
"""Two mayflies that share one state directory."""

import shutil
import signal

from harness import by_id, check, equal, shell, test

DEAD = 128 + signal.SIGKILL


def folders(t):
    return {path.name for path in t.run_folder.iterdir()}


@test("one is killed: the other goes on untouched, and the next start removes what the dead one left")
def one_dies(t):
    survivor = t.start_batch("-j", "1")
    survivor.stdin.write(t.tasks([shell("sleep 4; cat /etc/os-release", id="first")]).read_bytes())
    survivor.wait_moved("ready", "running")
    mine = folders(t)
    equal(len(mine), 1, "run directories of one")
    victim = t.start("--log-level", "debug", "run", "--", "sleep", "600")
    qemu = victim.wait_moved("ready", "running")
    theirs = folders(t) - mine
    equal(len(theirs), 1, "run directories of the other")
    equal(victim.kill().status, DEAD, "status of the victim")
    equal(folders(t), mine | theirs, "run directories after the death")
    # A third one starts while the survivor works.
    third = t.run("echo", "hi")
    equal((third.status, third.out), (0, b"hi\n"), "end of the third")
    equal(folders(t), mine, "run directories after the third")
    survivor.stdin.write(t.tasks([shell("echo later", id="second")]).read_bytes())
    survivor.stdin.close()
    ended = survivor.wait()
    found = by_id(ended.records())
    equal((ended.status, found["first"]["verdict"], found["second"]["stdout"]), (0, "ok", "later\n"), "survivor's end")
    t.check_orphans([qemu])


@test("many start and end at the same time, each with its own directory")
def many_starts(t):
    for _ in range(5):
        batches = [t.start("batch", "/dev/null") for _ in range(12)]
        equal([live.wait().status for live in batches], [0] * 12, "statuses")
    equal(folders(t), set(), "run directories")


@test("what is not mayfly's in the run directory is left alone")
def strangers(t):
    t.run_folder.mkdir()
    keep = t.folder / "keep"
    keep.mkdir()
    (keep / "precious").write_text("x")
    (t.run_folder / "link").symlink_to(keep)
    (t.run_folder / "file").write_text("x")
    (t.run_folder / ".hidden").mkdir()
    t.sweep()
    check((keep / "precious").exists(), "a link was followed")
    for name in ("file", ".hidden", "link"):
        check((t.run_folder / name).is_symlink() or (t.run_folder / name).exists(), f"'{name}' was removed")
    for name in ("file", "link"):
        (t.run_folder / name).unlink()
    (t.run_folder / ".hidden").rmdir()


@test("dead run directories are removed, and no other directory, whatever its name")
def dead_directories(t):
    def folder(name, mode=0o700, file="0123456789abcdef"):
        made = t.run_folder / name
        made.mkdir(parents=True)
        (made / file).write_text("x" * 100_000)
        made.chmod(mode)
        return made

    t.run_folder.mkdir()
    dead = folder("12345-0123456789abcdef")
    others = [folder("12345-thesis"), folder("12346-0123456789abcdef", mode=0o755), folder("12347-0123456789abcdef", file="text")]
    t.sweep()
    check(not dead.exists(), "it is still there")
    for other in others:
        check(any(other.iterdir()), f"{other} is empty")
        shutil.rmtree(other)
