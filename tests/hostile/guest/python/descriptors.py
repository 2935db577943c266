# SPDX-License-Identifier: Apache-2.0
"""Opens files until it may open no more."""

import os

files = []
try:
    while True:
        files.append(os.open("/dev/null", os.O_RDONLY))
except OSError as error:
    print(len(files), error.strerror)
