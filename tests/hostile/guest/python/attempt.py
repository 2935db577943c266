# SPDX-License-Identifier: Apache-2.0
"""For programs that attempt what must be refused, and say what came of it."""

import sys

came_true = []


def attempt(what, action, *arguments):
    """Prints whether it was refused: it was, if `action` raises OSError."""
    try:
        action(*arguments)
    except OSError:
        print(what, "refused", flush=True)
    else:
        print(what, "SUCCEEDED", flush=True)
        came_true.append(what)


def finish():
    sys.exit(1 if came_true else 0)
