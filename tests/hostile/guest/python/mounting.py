# SPDX-License-Identifier: Apache-2.0
"""Mounts, makes namespaces, and tries other ways to another root."""

from attempt import attempt, finish
import ctypes
import os

LIBC = ctypes.CDLL(None, use_errno=True)
CALLS = {"mount": (165, b"none", b"/tmp", b"tmpfs", 0, 0), "umount": (166, b"/tmp", 0), "remount": (165, 0, b"/", 0, 32, 0),
         "pivot_root": (155, b"/tmp", b"/tmp"), "chroot": (161, b"/tmp"), "fsopen": (430, b"proc", 0),
         "open_tree": (428, -100, b"/", 1), "new user namespace": (272, 0x10000000), "new mount namespace": (272, 0x20000),
         "ptrace": (101, 16, 1, 0, 0), "swapon": (167, b"/work/x", 0), "reboot": (169, 0xfee1dead, 672274793, 0x01234567, 0),
         "kexec": (246, 0, 0, 0, 0), "init_module": (175, b"x", 1, b""), "bpf": (321, 5, b"", 0), "keyctl": (250, 0, -3, 0),
         "io_uring": (425, 1, b"\0" * 120), "userfaultfd": (323, 0), "sethostname": (170, b"mine", 4)}


def call(number, *arguments):
    if LIBC.syscall(ctypes.c_long(number), *arguments) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


for name, arguments in CALLS.items():
    attempt(name, call, *arguments)
finish()
