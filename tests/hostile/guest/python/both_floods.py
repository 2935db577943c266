# SPDX-License-Identifier: Apache-2.0
"""Writes to stdout and stderr at the same time, from two processes."""

import os

end = 1 if os.fork() else 2
while True:
    os.write(end, b"x" * 65536)
