# SPDX-License-Identifier: Apache-2.0
"""A machine without mayfly: the agent as it was built, on the kernel and image of the host, and whoever speaks to it."""

import base64
import json
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

from checks import Failure, check
from processes import die_with_parent

TOKEN = "token"
CLOCK = {"tcg": "pit=on,pic=on,rtc=on", "kvm": "pit=off,pic=off,rtc=off"}
KERNEL_LINE = "console=ttyS0 quiet panic=-1 reboot=t random.trust_cpu=on rcupdate.rcu_expedited=1 mayfly.root=/dev/vda"


class Answer(NamedTuple):
    """What came of one program."""

    reply: dict  # the last line about it: exit, or error
    out: bytes
    err: bytes

    def ending(self):
        """In a word or two: "exit 0", "signal 9", "timed_out", "exceeded cpu_ms", "refused invalid"."""
        if self.reply["status"] == "error":
            return f"refused {self.reply['reason']}"
        kinds = ("out_of_memory", "timed_out", "exceeded", "signal", "code")
        kind = next(kind for kind in kinds if kind in self.reply)
        value = self.reply[kind]
        return kind if value is True else f"{'exit' if kind == 'code' else kind} {value}"


def bytes_of(reply, name):
    encoded = reply.get(f"{name}_base64")
    return reply[name].encode() if encoded is None else base64.b64decode(encoded)


class AgentMachine:
    """Boots once, and is then used by one test after the other. `image`: below the state directory's images."""

    def __init__(self, setting, image="base", memory_mib=512, processors=1):
        self.folder = Path(tempfile.mkdtemp(prefix="mayfly-agent-"))
        self.log = self.folder / "console"
        ours, theirs = socket.socketpair()
        accelerator = setting.accelerator
        command = [setting.qemu, "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
                   "-M", f"microvm,acpi=off,{CLOCK[accelerator]}", "-accel", accelerator,
                   "-cpu", "host" if accelerator == "kvm" else "max", "-m", f"{memory_mib}M", "-smp", str(processors),
                   "-kernel", setting.home / "kernel/vmlinux",
                   "-initrd", setting.mayfly.parent / "guest/initramfs.cpio",
                   "-append", KERNEL_LINE + (" no_timer_check" if accelerator == "tcg" else ""),
                   "-serial", f"file:{self.log}",
                   "-drive", f"file={setting.home}/images/{image}/rootfs.ext4,format=raw,if=none,id=disk,snapshot=on",
                   "-device", "virtio-blk-device,drive=disk", "-device", "virtio-serial-device",
                   "-chardev", f"socket,id=agent,fd={theirs.fileno()}",
                   "-device", "virtserialport,chardev=agent,name=org.mayfly.agent.0"]
        self.process = subprocess.Popen(list(map(str, command)), stdin=subprocess.DEVNULL, preexec_fn=die_with_parent,
                                        pass_fds=[theirs.fileno()])
        theirs.close()
        self.socket = ours
        self.lines = ours.makefile("rb")
        self.last_id = 0
        check(self.read()["status"] == "ready", "the agent is not ready")
        self.ask("resume", new_token=TOKEN, hostname="machine")

    def read(self):
        line = self.lines.readline()
        if not line:
            raise Failure(f"the agent is gone: {self.log.read_text(errors='replace')[-1000:]}")
        return json.loads(line)

    def say(self, command, **fields):
        self.last_id += 1
        token = {} if command == "resume" else {"token": TOKEN}
        self.socket.sendall(json.dumps({"id": self.last_id, **token, "cmd": command, **fields}).encode() + b"\n")

    def ask(self, command, **fields):
        """The one reply to a request that has no other."""
        self.say(command, **fields)
        reply = self.read()
        check(reply["id"] == self.last_id, f"reply {reply} to request {self.last_id}")
        return reply

    def put(self, path, content, mode=0o644):
        reply = self.ask("put", path=path, data=content, mode=mode, eof=True)
        check(reply["status"] == "ack", f"put {path}: {reply}")

    def execute(self, *argv, **fields):
        """Runs a program to its end."""
        fields = {"env": {"PATH": "/usr/bin:/bin"}} | fields
        self.say("exec", bin=argv[0], args=list(argv[1:]), **fields)
        streams = {"stdout": b"", "stderr": b""}
        while "status" not in (reply := self.read()):
            streams[reply["stream"]] += bytes_of(reply, "data")
        return Answer(reply, streams["stdout"], streams["stderr"])

    def close(self):
        self.process.kill()
        self.process.wait()
        self.lines.close()
        self.socket.close()
        shutil.rmtree(self.folder, ignore_errors=True)
