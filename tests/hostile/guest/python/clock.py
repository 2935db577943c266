# SPDX-License-Identifier: Apache-2.0
"""Changes the machine's clock, by which its own time is measured."""

from attempt import attempt, finish
import ctypes
import os
import time

LIBC = ctypes.CDLL(None, use_errno=True)


def call(number, *arguments):
    if LIBC.syscall(ctypes.c_long(number), *arguments) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


attempt("clock_settime", time.clock_settime, time.CLOCK_REALTIME, 0)
attempt("settimeofday", call, 164, (ctypes.c_long * 2)(1, 0), None)
attempt("adjtimex", call, 159, (ctypes.c_long * 26)(1, 1000))
attempt("clock_adjtime", call, 305, 0, (ctypes.c_long * 26)(1, 1000))
attempt("/dev/rtc0", os.open, "/dev/rtc0", os.O_WRONLY)
finish()
