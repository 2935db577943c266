# SPDX-License-Identifier: Apache-2.0
"""QEMU's monitor protocol, from the side of whoever gives commands."""

import json

from checks import check


class Qmp:
    """A session on a connected socket. What QEMU says comes line by line; its end ends the session."""

    def __init__(self, socket):
        self.socket = socket
        self.lines = socket.makefile("rb")
        self.events = []

    def negotiate(self):
        check("QMP" in self.message(), "QEMU greets")
        return self.execute("qmp_capabilities")

    def message(self):
        """The next; ConnectionError when QEMU has gone."""
        line = self.lines.readline()
        if not line:
            raise ConnectionError("QEMU has closed its monitor")
        return json.loads(line)

    def execute(self, command, **arguments):
        """Its reply: {"return": …} or {"error": …}. Events that come before it are kept."""
        self.socket.sendall(json.dumps({"execute": command, "arguments": arguments}).encode() + b"\n")
        while "event" in (message := self.message()):
            self.events.append(message)
        return message

    def wait_event(self, name, *statuses):
        """Until that event has come with one of these statuses; returns the status."""
        while True:
            for event in self.events:
                status = event.get("data", {}).get("status")
                if event["event"] == name and status in statuses:
                    return status
            self.events.append(self.message())

    def close(self):
        self.lines.close()
        self.socket.close()
