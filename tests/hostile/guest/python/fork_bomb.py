# SPDX-License-Identifier: Apache-2.0
"""Makes processes that make processes, and goes on trying."""

import os

print("about to", flush=True)
while True:
    try:
        os.fork()
    except OSError:
        pass
