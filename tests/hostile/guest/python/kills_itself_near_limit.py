# SPDX-License-Identifier: Apache-2.0
"""Takes most of the memory it may have, and then kills itself: nobody may take that for want of memory."""

import os
import signal

block = b"x" * (400 << 20)
os.kill(os.getpid(), signal.SIGKILL)
