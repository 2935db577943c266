# SPDX-License-Identifier: Apache-2.0
"""The host of a captured VMM that a captive launched: the same to attack, but held as a QEMU is held."""

import json
import os
import shlex
import string

from captive import CapturedVmm
from checks import equal
from host import Host
from processes import Pump

DESCRIPTOR = "_fd"  # the end of the names of facts that are descriptors


class JailedHost(Host):
    """Descriptors go through captive, which says what their numbers are in the process."""

    patience = 0  # whatever killed a victim has done so before its own end
    much_memory = 512 << 20
    root = ""

    def __init__(self, bench, prison):
        super().__init__(bench, prison.uid)
        self.prison = prison
        self.library = prison.attacker
        self.kernel = prison.kernel
        self.names = []
        self.end = {}
        self.seal_template()

    def passed_on(self, fd):
        self.on_close.callback(os.close, fd)
        return fd

    def filled_text(self, template):
        """Facts put in, but for descriptors."""
        facts = {}
        for _, name, _, _ in string.Formatter().parse(template):
            if name and name.endswith(DESCRIPTOR):
                self.names.append(name.removesuffix(DESCRIPTOR))
                facts[name] = f"{{{name}}}"
            elif name:
                facts[name] = getattr(self, name)
        return template.format(**facts)

    def captured(self, words, **more):
        """A VMM with the descriptors of a QEMU, and more."""
        descriptors = {name: getattr(self, name + DESCRIPTOR) for name in ("gold", "disk", "template", *self.names)}
        return CapturedVmm(self.prison.captive, words, descriptors | more)

    def launch(self, attack):
        """An attacker, which is about to be ready for its attempt."""
        words = shlex.split(self.filled_text(attack.words))
        wait, self.go_fd = os.pipe()
        self.passed_on(self.go_fd)
        out, out_end = os.pipe()
        err, err_end = os.pipe()
        self.out, self.err = Pump(open(out, "rb")), Pump(open(err, "rb"))  # noqa: SIM115  they are the pumps'
        vmm = self.captured(["--wait", "{wait_fd}", attack.attempt, *words], wait=wait, out=out_end, err=err_end)
        for fd in (wait, out_end, err_end):
            os.close(fd)
        return vmm

    def wait_ready(self):
        self.out.wait_for(lambda content: b'"ready"' in content, "the attacker's readiness")

    def go(self):
        os.write(self.go_fd, b"x")

    def records(self):
        """What the attacker has said, but that it is ready; what a flood has written may come between."""
        lines = self.out.wait_end().replace(b'{"attack"', b'\n{"attack"').splitlines()
        records = [json.loads(line) for line in lines if line.startswith(b'{"attack"')]
        return [record for record in records if record["outcome"] != "ready"]

    # What became of it

    def harmed_descriptor_received(self):
        """As mayfly reads: bytes, and no room for more."""
        before = os.listdir("/proc/self/fd")
        equal(self.channel[0].recv(2), b"x", "bytes that came with a descriptor")
        return os.listdir("/proc/self/fd") != before

    def harmed_root_changed(self):
        return False  # it is gone with the attacker; that nothing was made is what the attacker says

    def harmed_library_changed(self):
        return b"OWNED" in self.library.read_bytes()[:5]

    def harmed_disk_filled(self):
        return max(self.end["disk_size"], self.end["disk_allocated"]) > self.cap
