# SPDX-License-Identifier: Apache-2.0
"""How many of something this program can have, up to 100, and the error that it gets for one more."""

import errno
import json
import os
import sys
import threading

MOST = 100
kept = []


def make_process():
    if os.fork() == 0:
        os.read(end, 1)  # until the program ends
        os._exit(0)


def make_thread():
    thread = threading.Thread(target=os.read, args=(end, 1), daemon=True)
    thread.start()
    kept.append(thread)


def make_file():
    kept.append(os.open("/dev/null", os.O_RDONLY))


def make_orphan():
    """One that ends when its parent has: nobody here can reap it."""
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        if os.fork() == 0:
            os.close(ours)
        os._exit(0)
    os.close(theirs)
    os.waitpid(child, 0)
    os.read(ours, 1)  # end of file: it has ended, too
    os.close(ours)


MAKERS = {"processes": make_process, "threads": make_thread, "files": make_file, "orphans": make_orphan}
what = sys.argv[1]
end, other_end = os.pipe() if what != "files" else (-1, -1)
made, error = 0, ""
try:
    for made in range(MOST):
        MAKERS[what]()
    made = MOST
except OSError as problem:
    error = errno.errorcode[problem.errno]
except RuntimeError:  # Python's word for it
    error = "EAGAIN"
print(json.dumps({"made": made, "error": error}), flush=True)
os._exit(0)
