# SPDX-License-Identifier: Apache-2.0
"""Lets a Python be started before its program is there.

Python imports this as `sitecustomize`, when it is ready but for the program: with PYTHONPATH in its environment, and
only then. It imports what many programs do, and stops. The program that it is continued for finds everything as
in a Python that was started for it, but that its imports are there already. `random` is not: it would give
every program of the same template the same numbers.
"""

import os
import sys

sys.path.remove(os.environ.pop("PYTHONPATH"))
as_started = dict(sys.modules)

import bisect, collections, dataclasses, datetime, functools, heapq, itertools, json, math, operator, re, string, time, typing  # noqa: E401, E402

os.kill(os.getpid(), 19)  # SIGSTOP; it goes on when the program is there

# A module of the program's own goes before one of these.
if any(name.partition(".")[0] in sys.modules for name in os.listdir(".")):
    sys.modules.clear()
    sys.modules.update(as_started)
