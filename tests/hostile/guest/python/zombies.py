# SPDX-License-Identifier: Apache-2.0
"""Makes children that end and that it never waits for, until it can make no more."""

import os

made = 0
try:
    while True:
        if os.fork() == 0:
            os._exit(0)
        made += 1
except OSError as error:
    print(made, error.strerror)
