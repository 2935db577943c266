# SPDX-License-Identifier: Apache-2.0
"""Talks to the outside, by every kind of socket."""

from attempt import attempt, finish
import socket


def connect(family, kind, *address):
    with socket.socket(family, kind) as ours:
        ours.settimeout(1)
        ours.connect(address if len(address) != 1 else address[0])
        ours.send(b"x")


for host in ("10.0.2.2", "8.8.8.8", "169.254.169.254"):
    attempt(f"tcp {host}", connect, socket.AF_INET, socket.SOCK_STREAM, host, 80)
    attempt(f"udp {host}", connect, socket.AF_INET, socket.SOCK_DGRAM, host, 53)
attempt("tcp over IPv6", connect, socket.AF_INET6, socket.SOCK_STREAM, "2001:4860:4860::8888", 53)
attempt("a name", socket.getaddrinfo, "example.org", 80)
attempt("raw", socket.socket, socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
attempt("packets", socket.socket, socket.AF_PACKET, socket.SOCK_RAW)
attempt("the host", socket.socket, socket.AF_VSOCK, socket.SOCK_STREAM)
attempt("the kernel's ciphers", socket.socket, socket.AF_ALG, socket.SOCK_SEQPACKET)
finish()
