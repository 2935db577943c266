# SPDX-License-Identifier: Apache-2.0
"""Commands in an image, without a machine: in namespaces of their own, as the sandbox's user, on its disk, read-only."""

import os
import resource
import subprocess
import tempfile
from pathlib import Path

USER = 1000
STACK = 700 << 20  # a machine's is as large as its memory
TIME_LIMIT = 120  # seconds: a guard against hanging

# $1: the disk, $2: a folder with root/ and work/; then the command. The mounts end with the namespace.
SCRIPT = """
set -e
root=$2/root
mount -o loop,ro "$1" "$root"
mount -t tmpfs -o mode=1777 tmp "$root/tmp"
mount -t tmpfs -o mode=755 dev "$root/dev"
for device in null zero full random urandom; do
	touch "$root/dev/$device"
	mount --bind "/dev/$device" "$root/dev/$device"
done
mount -t proc proc "$root/proc"
mount --bind "$2/work" "$root/work"
shift 2
exec chroot --userspec=1000:1000 "$root" "$@"
"""


def let_stacks_grow():
    resource.setrlimit(resource.RLIMIT_STACK, (STACK, resource.RLIM_INFINITY))


class Chroot:
    """An image, and one folder /work that programs may write to."""

    def __init__(self, disk):
        self.disk, self.scratch = disk, tempfile.TemporaryDirectory()
        self.folder = Path(self.scratch.name)
        self.folder.chmod(0o711)
        for name in ("root", "work"):
            (self.folder / name).mkdir()
        os.chown(self.folder / "work", USER, USER)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.scratch.cleanup()

    def write(self, files):
        for name, text in files.items():
            path = self.folder / "work" / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)

    def run(self, words, env=None, stdin=""):
        env = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/tmp", "LANG": "C.UTF-8", **(env or {})}
        command = ["env", "-i", "-C", "/work", *(f"{name}={value}" for name, value in env.items()), *words]
        alone = ["unshare", "--mount", "--pid", "--net", "--ipc", "--fork", "--kill-child"]
        return subprocess.run([*alone, "sh", "-c", SCRIPT, "sh", self.disk, self.folder, *command], input=stdin,
                              preexec_fn=let_stacks_grow, capture_output=True, text=True, timeout=TIME_LIMIT)
