# SPDX-License-Identifier: Apache-2.0
"""rootfs/make-ext4: the same tree gives the same bytes, wherever and in whatever order it was archived."""

import hashlib
import io
import random
import subprocess
import tarfile
import tempfile
from pathlib import Path

from checks import check, contains, equal

MAKE_EXT4 = Path(__file__).resolve().parents[2] / "rootfs/make-ext4"
UUID = "01234567-89ab-4cde-8f01-23456789abcd"

FOLDERS = ["bin", "etc", "usr", "usr/share", "usr/share/doc", "many"]
FILES = {"bin/tool": (b"\x7fELF" * 5000, 0o4755), "etc/passwd": (b"root:x:0:0\n", 0o644), "usr/share/empty": (b"", 0o600),
         "usr/share/doc/manual": (b"nobody reads this\n", 0o644), **{f"many/{i}": (b"%d" % i * i, 0o640) for i in range(300)}}
SYMLINKS = {"usr/bin": "../bin"}
HARD_LINKS = {"bin/alias": "bin/tool"}


def entry(name, kind, mode, mtime, **more):
    member = tarfile.TarInfo(f"./{name}")
    member.type, member.mode, member.mtime = kind, mode, mtime
    member.uid = member.gid = 7 if name.startswith("many/") else 0
    for key, value in more.items():
        setattr(member, key, value)
    return member


def members(mtime):
    for name in FOLDERS:
        yield entry(name, tarfile.DIRTYPE, 0o755, mtime), b""
    for name, (data, mode) in FILES.items():
        yield entry(name, tarfile.REGTYPE, mode, mtime, size=len(data)), data
    for name, target in SYMLINKS.items():
        yield entry(name, tarfile.SYMTYPE, 0o777, mtime, linkname=target), b""


def archive(path, seed):
    """The tree, in an order and with times that depend on `seed`. A hard link comes after what it links to."""
    order = random.Random(seed)
    found = list(members(1_600_000_000 + seed))
    order.shuffle(found)
    with tarfile.open(path, "w") as tar:
        for member, data in found:
            tar.addfile(member, io.BytesIO(data))
        for name, target in HARD_LINKS.items():
            tar.addfile(entry(name, tarfile.LNKTYPE, 0o644, seed, linkname=f"./{target}"))


def make(folder, seed):
    tar, image = folder / f"{seed}.tar", folder / f"{seed}.ext4"
    archive(tar, seed)
    subprocess.run([MAKE_EXT4, tar, image, "--size", str(32 << 20), "--label", "test", "--uuid", UUID, "--epoch", "1700000000",
                    "--remove", "/usr/share/doc/*"], check=True, capture_output=True)
    return image


def debugfs(image, command):
    return subprocess.run(["/sbin/debugfs", "-R", command, image], check=True, capture_output=True, text=True).stdout


def same_bytes():
    with tempfile.TemporaryDirectory() as folder:
        digests = {hashlib.sha256(make(Path(folder), seed).read_bytes()).hexdigest() for seed in (1, 2, 3)}
        equal(len(digests), 1, "different images of one tree")


def whole_tree():
    with tempfile.TemporaryDirectory() as folder:
        image = make(Path(folder), 1)
        equal(debugfs(image, "cat /etc/passwd"), "root:x:0:0\n", "a file")
        tool = debugfs(image, "stat /bin/tool")
        contains(tool, "Mode:  0755", "a program, without its setuid bit")
        contains(tool, "Links: 2", "a program with two names")
        contains(debugfs(image, "stat /many/299"), "User:     7", "the owner of a file")
        equal(debugfs(image, "cat /many/299"), "299" * 299, "another file")
        contains(debugfs(image, "stat /usr/bin"), 'Fast link dest: "../bin"', "a symbolic link")
        check("manual" not in debugfs(image, "ls /usr/share/doc"), "what is to be left out is there")


def tests():
    return [("disk: the order and the times of an archive do not show", same_bytes), ("disk: all that was archived is there", whole_tree)]
