# SPDX-License-Identifier: Apache-2.0
"""Makes empty files in /tmp until there are no more to be had."""

import itertools
import os

try:
    for made in itertools.count():
        os.mknod(f"/tmp/{made}")
except OSError as error:
    print("thousands" if made > 10_000 else made, error.strerror)
