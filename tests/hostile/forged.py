# SPDX-License-Identifier: Apache-2.0
"""What the forger (tests/hostile/forger) is run with: the machines' first file system, and images that say whose they are."""

import hashlib
import json
import subprocess

DISK_BYTES = 64 << 10
FOLDER = "tests/hostile/forger"


def padded(data):
    return data + bytes(-len(data) % 4)


def cpio_entry(name, mode, content=b""):
    """Of an archive in the format newc, see cpio(5)."""
    fields = (0, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name) + 1, 0)
    header = b"070701" + b"".join(b"%08x" % field for field in fields)
    return padded(header + name.encode() + b"\0") + padded(content)


def write_initramfs(build, path):
    """That of mayfly, and behind it the forger in the agent's place: the kernel lets what comes later replace what was."""
    agent = cpio_entry("agent", 0o100755, (build / "guest/agent").read_bytes())
    forger = cpio_entry("init", 0o100755, (build / FOLDER / "forger").read_bytes())
    path.write_bytes((build / "guest/initramfs.cpio").read_bytes() + agent + forger + cpio_entry("TRAILER!!!", 0))


def publish_image(home, name, orders, **manifest):
    """An image for the forger, which finds its orders on the disk: "", "ready NAME" or "resume NAME"."""
    folder = home / "images" / name
    folder.mkdir()
    (folder / "disk").write_bytes(f"forger {orders}\n".encode().ljust(DISK_BYTES, b"\n"))
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", folder / "overlay", str(DISK_BYTES)], check=True)
    parts = {part: {"file": part, "sha256": hashlib.sha256((folder / part).read_bytes()).hexdigest(),
                    "size_bytes": (folder / part).stat().st_size} for part in ("disk", "overlay")}
    (folder / "manifest.json").write_text(json.dumps({"schema": 1, "kind": "image", "name": name} | parts | manifest))


def names(build):
    """Of all forgeries."""
    return subprocess.run([build / FOLDER / "forger"], capture_output=True, text=True, check=True).stdout.split()


def use_forger(t, orders="", **manifest):
    """mayfly is one whose agents are forgers, on the image "forged", and honest on "base"."""
    build = t.setting.mayfly.parent
    initramfs = t.folder / "initramfs"
    write_initramfs(build, initramfs)
    publish_image(t.home, "forged", orders, **manifest)
    t.plain_image()
    t.setting = t.setting._replace(mayfly=build / FOLDER / "mayfly-any-agent")
    t.env |= {"MAYFLY_INITRAMFS": str(initramfs), "MAYFLY_IMAGE": "forged"}
