# SPDX-License-Identifier: Apache-2.0
"""Kernel and image: missing, broken, cut or changed, they are refused before any machine is made."""

import json

from harness import contains, equal, test

REMEDY = "hint: "


def refused(t, *words):
    for status, arguments in ((69, ("batch", "-")), (125, ("run", "--", "true"))):
        ended = t.mayfly("--log-level", "debug", *arguments, stdin=b'{"argv":["true"]}\n')
        equal((ended.status, ended.out), (status, b""), f"end of {arguments}")
        for word in (*words, REMEDY):
            contains(ended.err, word, "stderr")
        equal("machine" in ended.err.replace("run machines", ""), False, "a machine was made")


def change_byte(path, offset):
    with open(path, "r+b") as file:
        file.seek(offset)
        byte = file.read(1)
        file.seek(offset)
        file.write(bytes([byte[0] ^ 1]))


@test("no kernel")
def no_kernel(t):
    (t.home / "kernel").unlink()
    refused(t, "guest kernel", "scripts/setup")


@test("a kernel without its file")
def no_vmlinux(t):
    (t.private_kernel() / "vmlinux").unlink()
    refused(t, "vmlinux", "No such file")


@test("a kernel that was cut")
def short_kernel(t):
    with open(t.private_kernel() / "vmlinux", "r+b") as file:
        file.truncate(1000)
    refused(t, "has 1000 bytes", "promises")


@test("a kernel with one changed byte, also when the whole one was known")
def changed_kernel(t):
    kernel = t.private_kernel()
    equal(t.run("echo", "hi").out, b"hi\n", "output with the copy as it was")
    change_byte(kernel / "vmlinux", 5_000_000)
    refused(t, "vmlinux has changed", "SHA-256")


@test("no image")
def no_image(t):
    (t.home / "images/base").unlink()
    refused(t, "image 'base'", "scripts/setup")


@test("an image that was cut")
def short_image(t):
    image = t.private_image(with_disk=False)
    (image / "rootfs.ext4").write_bytes(bytes(4096))
    refused(t, "rootfs.ext4", "has 4096 bytes", "promises")


@test("an image's empty overlay with one changed byte")
def changed_overlay(t):
    change_byte(t.private_image() / "overlay.qcow2", 70_000)
    refused(t, "overlay.qcow2 has changed")


@test("manifests that are broken")
def manifests(t):
    path = t.private_image() / "manifest.json"
    whole = json.loads(path.read_text())
    disk = whole["disk"]
    for broken, word in (("{", "not JSON"), ("", "not JSON"), ("[]", "disk"), (b"\xff", "not JSON"),
                         (whole | {"kind": "kernel"}, "kind"), (whole | {"schema": 2}, "schema"),
                         (whole | {"surprise": 1}, "surprise"), ({**whole, "disk": None}, "disk"),
                         (whole | {"disk": disk | {"file": "../../../etc/passwd"}}, "file"),
                         (whole | {"disk": {**disk, "sha256": 7}}, "sha256"),
                         (whole | {"disk": disk | {"sha256": "0" * 64}}, "has changed"),
                         (whole | {"disk": disk | {"size_bytes": -1}}, "size_bytes")):
        content = json.dumps(broken) if isinstance(broken, dict) else broken
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        refused(t, word)


@test("mayfly image: list, inspect, verify")
def image_command(t):
    equal(t.mayfly("image", "list").out, b"base\n", "list")
    shown = t.mayfly("image", "inspect", "base").out.decode()
    contains(shown, json.loads((t.home / "images/base/manifest.json").read_text())["disk"]["sha256"], "inspect")
    ended = t.mayfly("image", "inspect", "nonesuch")
    equal((ended.status, ended.out), (1, b""), "end with an unknown image")
    change_byte(t.private_image() / "overlay.qcow2", 70_000)
    # The disk is whole, and reading it takes a while; the overlay is what is wrong.
    ended = t.mayfly("image", "verify", "base")
    equal(ended.status, 1, "status with a changed byte")
    contains(ended.err, "overlay.qcow2 has changed", "stderr")
