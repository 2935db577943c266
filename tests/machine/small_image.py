# SPDX-License-Identifier: Apache-2.0
"""An image that is made in a moment: a shell and cat, on 16 MiB."""

import hashlib
import json
import os
import re
import shutil
import subprocess

from harness import equal

PROGRAMS = ("sh", "cat")
FOLDERS = ("proc", "sys", "dev", "tmp", "run", "root", "etc", "work")


def publish_small_image(t, name, version):
    """Publishes it under that name: beside, verified, then in one step. `version` is in its /version."""
    folder = t.folder / f"{name}-{version}"
    folder.mkdir()
    make_disk(t.folder / f"tree-{version}", folder / "disk", version)
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", folder / "overlay", "16M"], check=True)
    parts = {part: {"file": part, "sha256": hashlib.sha256((folder / part).read_bytes()).hexdigest(),
                    "size_bytes": (folder / part).stat().st_size} for part in ("disk", "overlay")}
    (folder / "manifest.json").write_text(json.dumps({"schema": 1, "kind": "image", "name": name, "packages": []} | parts))
    beside = t.home / "images" / f"{name}-{version}"
    beside.symlink_to(folder)
    equal(t.mayfly("image", "verify", beside.name).status, 0, "status of the verification")
    os.replace(beside, t.home / "images" / name)


def make_disk(tree, disk, version):
    for place in FOLDERS:
        (tree / place).mkdir(parents=True)
    (tree / "version").write_text(f"{version}\n")
    for program in PROGRAMS:
        path = shutil.which(program)
        copy(path, tree / "bin" / program)
        libraries = subprocess.run(["ldd", path], capture_output=True, text=True, check=True).stdout
        for library in re.findall(r"/\S+", libraries):
            copy(library, tree / library.lstrip("/"))
    env = os.environ | {"PATH": f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"}
    subprocess.run(["mke2fs", "-q", "-t", "ext4", "-d", tree, disk, "16M"], check=True, env=env, stdout=subprocess.DEVNULL)


def copy(source, target):
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, target)
