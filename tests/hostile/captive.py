# SPDX-License-Identifier: Apache-2.0
"""Captured VMMs: the program `captive`, which launches them, and one of them."""

import json
import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

from checks import Failure, check
from processes import die_with_parent
from victim import command_as

LARGEST_PACKET = 64 * 1024
LISTENER = 3  # captive.cc


class Captive:
    """A running captive. Several processes may connect to it."""

    def __init__(self, setting, program, *options, uid=0):
        self.folder = Path(tempfile.mkdtemp(prefix="mayfly-captive-"))
        self.folder.chmod(0o711)
        self.address = f"{self.folder}/socket"
        self.log = self.folder / "log"
        home = self.folder / "home"
        home.mkdir()
        os.chown(home, uid, uid)
        for part in ("kernel", "images"):
            (home / part).symlink_to((setting.home / part).resolve())
        captive = shutil.copy(setting.mayfly.parent / "tests/hostile/captive", self.folder)  # where every user reaches it
        devices = ["--devices"] if setting.accelerator == "kvm" else []
        self.process = self.start([*command_as(uid), captive, *devices, *options, "--home", home, program])

    def start(self, command):
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener, open(self.log, "wb") as log:
            listener.bind(self.address)
            os.chmod(self.address, 0o666)
            listener.listen()

            def prepare():
                die_with_parent()
                os.dup2(listener.fileno(), LISTENER)

            return subprocess.Popen(list(map(str, command)), stdin=subprocess.PIPE, stdout=log, stderr=log,
                                    preexec_fn=prepare, pass_fds=[LISTENER])

    def complaints(self):
        return self.log.read_text(errors="replace")[-500:]

    def connect(self):
        session = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            session.connect(self.address)
        except OSError as error:
            session.close()
            raise Failure(f"there is no captive: {error}; {self.complaints()}") from None
        return session

    def close(self):
        self.process.stdin.close()
        status = self.process.wait()
        complaints = self.complaints()
        shutil.rmtree(self.folder, ignore_errors=True)
        check(status == 0, f"captive ends with {status}: {complaints}")


class CapturedVmm:
    """One process that a captive launched, and what is said about it."""

    def __init__(self, captive, words, descriptors):
        """`descriptors` are {name: number here}; captive.cc says what their names mean."""
        self.captive = captive
        self.session = captive.connect()
        self.incidents = []
        request = b"\0".join([" ".join(descriptors).encode(), *(str(word).encode() for word in words)])
        socket.send_fds(self.session, [request], list(descriptors.values()))
        self.started = self.wait_message("started")
        self.pid = self.started["pid"]

    def wait_message(self, what):
        while packet := self.session.recv(LARGEST_PACKET):
            (kind, content), = json.loads(packet).items()
            if kind == what:
                return content
            check(kind == "incident", f"no '{what}' but '{kind}': {content}")
            self.incidents.append(content)
        raise Failure(f"no '{what}' from captive: {self.captive.complaints()}")

    def arm(self):
        """True: the monitor watches it from now on."""
        self.session.send(b"arm")
        return self.wait_message("armed")["watched"]

    def wait_end(self):
        return self.wait_message("end")

    def close(self):
        """What still runs is killed, and has ended when this returns."""
        self.session.shutdown(socket.SHUT_WR)
        while self.session.recv(LARGEST_PACKET):
            pass
        self.session.close()
