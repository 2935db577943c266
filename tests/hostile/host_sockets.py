# SPDX-License-Identifier: Apache-2.0
"""The sockets of a host that is attacked, and what else has two ends."""

import contextlib
import functools
import os
import pty
import socket

from processes import Pump
from victim import TAMPERED


def listening(family, address):
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.bind(address)
    listener.listen()
    listener.setblocking(False)
    return listener


def was_accepted(listener):
    with contextlib.suppress(BlockingIOError):
        listener.accept()[0].close()
        return True
    return False


class HostSockets:
    """A part of Host, which has `folder`, `uid`, `on_close` and passed_on()."""

    def listener(self, family, address):
        listener = listening(family, address)
        self.on_close.callback(listener.close)
        self.listeners.append(listener)
        return listener

    @functools.cached_property
    def listeners(self):
        return []

    @functools.cached_property
    def abstract(self):
        name = f"mayfly-test-{os.getpid()}"
        self.listener(socket.AF_UNIX, f"\0{name}")
        return name

    @functools.cached_property
    def socket(self):
        path = self.folder / "socket"
        self.listener(socket.AF_UNIX, str(path))
        os.chown(path, self.uid, self.uid)
        return path

    @functools.cached_property
    def port(self):
        return self.listener(socket.AF_INET, ("127.0.0.1", 0)).getsockname()[1]

    @functools.cached_property
    def channel(self):
        return socket.socketpair()

    @functools.cached_property
    def channel_fd(self):
        return self.passed_on(self.channel[1].detach())

    @functools.cached_property
    def stream_fd(self):
        """A channel whose other end takes all that comes."""
        reader, writer = os.pipe()
        Pump(open(reader, "rb"))  # noqa: SIM115  it is the pump's
        return self.passed_on(writer)

    @functools.cached_property
    def terminal_fd(self):
        master, slave = pty.openpty()
        self.on_close.callback(os.close, master)
        return self.passed_on(slave)

    def harmed_connected(self):
        return any([was_accepted(listener) for listener in self.listeners])

    def harmed_descriptor_received(self):
        self.channel[0].setblocking(False)
        with contextlib.suppress(BlockingIOError):
            _, fds, _, _ = socket.recv_fds(self.channel[0], 1, 1)
            for fd in fds:
                os.close(fd)
            return bool(fds)
        return False

    def harmed_terminal_typed(self):
        os.set_blocking(self.terminal_fd, False)
        with contextlib.suppress(BlockingIOError):
            return os.read(self.terminal_fd, 64).startswith(TAMPERED)
        return False
