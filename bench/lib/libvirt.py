# SPDX-License-Identifier: Apache-2.0
"""A libvirt daemon of our own, and transient domains on it.

It runs in session mode as an unprivileged user (root becomes nobody), with its configuration, sockets, logs and state
below a temporary folder: nothing of the host's own libvirt is read or changed, and no network is defined.
"""

import contextlib
import glob
import os
import shutil
import signal
import socket
import subprocess
from xml.sax.saxutils import escape

from mayfly import BenchError

DOMAIN = """<domain type='{type}'>
  <name>{name}</name><memory unit='MiB'>576</memory><vcpu>1</vcpu>
  <os><type arch='x86_64' machine='q35'>hvm</type>
    <kernel>{kernel}</kernel><initrd>{initrd}</initrd><cmdline>{cmdline}</cmdline></os>
  <features><acpi/></features><cpu mode='{cpu}'/>
  <on_poweroff>destroy</on_poweroff><on_reboot>destroy</on_reboot><on_crash>destroy</on_crash>
  <devices><emulator>{qemu}</emulator>
    <disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='{overlay}'/>
      <target dev='vda' bus='virtio'/></disk>
    <serial type='unix'><source mode='connect' path='{console}'/></serial>
    <controller type='usb' model='none'/><memballoon model='none'/></devices>
</domain>
"""
# Read-only: Debian's initramfs lacks the module that a writable root with project quotas would need.
CMDLINE = 'console=ttyS0 quiet panic=-1 mitigations=off root=/dev/vda ro init=/bin/sh -- -c "echo @begin; {task}; echo @end"'
STEP_LIMIT = 60  # seconds that a domain may take


def find_kernel():
    """Debian's cloud kernel and its initramfs."""
    kernels = sorted(glob.glob("/boot/vmlinuz-*-cloud-amd64"))
    if not kernels:
        raise BenchError("no /boot/vmlinuz-*-cloud-amd64 (package linux-image-cloud-amd64)")
    return kernels[-1], kernels[-1].replace("vmlinuz-", "initrd.img-")


class Libvirt:
    def __init__(self, folder, rootfs, accel):
        self.folder, self.accel, self.count, self.pid = folder / "lv", accel, 0, None
        self.qemu = shutil.which("qemu-system-x86_64", path="/usr/bin")
        self.kernel, self.initrd = find_kernel()
        folder.chmod(0o711)
        self.make_folders()
        self.template = self.folder / "template.qcow2"
        self.command("qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", rootfs, self.template)
        self.command("libvirtd", "-d", "--pid-file", self.folder / "pid")  # returns when it is up
        self.pid = int((self.folder / "pid").read_text())

    def make_folders(self):
        self.env = {"HOME": str(self.folder), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}
        for kind in ("config", "cache", "data"):
            self.env[f"XDG_{kind.upper()}_HOME"] = str(self.folder / kind)
        self.env["XDG_RUNTIME_DIR"] = str(self.folder / "run")
        (self.folder / "config/libvirt").mkdir(parents=True)
        for name in ("cache", "data", "run"):
            (self.folder / name).mkdir()
        (self.folder / "config/libvirt/qemu.conf").write_text('stdio_handler = "file"\n')  # needs no virtlogd
        if os.geteuid() == 0:
            for path in (self.folder, *self.folder.rglob("*")):
                shutil.chown(path, "nobody", "nogroup")

    def command(self, *argv):
        become = {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}
        ended = subprocess.run(list(map(str, argv)), env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, cwd="/", timeout=STEP_LIMIT, **become)
        if ended.returncode != 0:
            raise BenchError(f"{argv[0]} failed: {ended.stdout.decode(errors='replace').strip()}")

    def run(self, task):
        """One transient domain, from its overlay to its end; returns what `task`, a shell command, printed."""
        self.count += 1
        name = f"t{self.count}"
        overlay, console, xml = (self.folder / f"{name}.{kind}" for kind in ("qcow2", "console", "xml"))
        shutil.copyfile(self.template, overlay)
        xml.write_text(self.domain(name, overlay, console, task))
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(console))
            for path in (overlay, console, xml):
                if os.geteuid() == 0:
                    shutil.chown(path, "nobody", "nogroup")
            listener.listen()
            listener.settimeout(STEP_LIMIT)
            self.command("virsh", "-q", "-c", "qemu:///session", "create", xml)
            output = read_console(listener)
        for path in (overlay, console, xml):
            path.unlink()
        return between_marks(output)

    def domain(self, name, overlay, console, task):
        return DOMAIN.format(type=self.accel.replace("tcg", "qemu"), cpu="maximum" if self.accel == "tcg" else "host-passthrough",
                             name=name, kernel=self.kernel, initrd=self.initrd, cmdline=escape(CMDLINE.format(task=task)),
                             qemu=self.qemu, overlay=overlay, console=console)

    def close(self):
        if self.pid is None:
            return
        with contextlib.suppress(ProcessLookupError, ChildProcessError):
            os.kill(self.pid, signal.SIGTERM)
            os.waitpid(self.pid, 0)  # ours: a daemon's parent ends, and orphans are adopted


def read_console(listener):
    """Everything until QEMU hangs up, which it does when the domain ends."""
    console, _ = listener.accept()
    console.settimeout(STEP_LIMIT)
    output = b""
    with console:
        while chunk := console.recv(65536):
            output += chunk
    return output.decode(errors="replace").replace("\r", "")


def between_marks(output):
    _, begin, rest = output.partition("@begin\n")
    found, end, _ = rest.partition("@end\n")
    if not (begin and end):
        raise BenchError(f"the domain's console does not show the task: {output[-600:]}")
    return found
