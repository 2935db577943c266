# SPDX-License-Identifier: Apache-2.0
"""What all bench commands share: options, a time limit, and a clean end.

A command's process adopts every orphan of what it starts; at the end, whatever that is, they are killed and its
temporary folder is removed. A mayfly that had to be killed leaves a run directory; another one is then started to remove it.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import proc
from mayfly import BenchError, GivenUp, Mayfly, environment
from paths import ROOT
from processes import adopt_orphans, children_of, end_children
from report import Report


SWEEP_LIMIT = 60  # seconds


class Bench:
    """What a bench is given: its options, mayfly, a temporary folder, a report."""

    def __init__(self, options, name, title):
        self.options = options
        self.folder = Path(tempfile.mkdtemp(prefix=f"mayfly-bench-{name}-"))
        qemu = options.qemu or shutil.which("qemu-system-x86_64") or "qemu-system-x86_64"
        self.mayfly = Mayfly(str(options.mayfly.resolve()), qemu, options.accel, str(options.home))
        self.report = Report(name, title, options.out)
        self.report.describe(proc.host_facts() | self.mayfly.facts() | {"command": " ".join([f"bench/{name}", *sys.argv[1:]])})

    def close(self):
        if children_of():
            end_children()
            subprocess.run(self.mayfly.command("batch", "/dev/null"), env=environment(), timeout=SWEEP_LIMIT)
        shutil.rmtree(self.folder, ignore_errors=True)


def default_home():
    if "MAYFLY_HOME" in os.environ:
        return Path(os.environ["MAYFLY_HOME"])
    if os.geteuid() == 0:
        return Path("/var/lib/mayfly")
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share") / "mayfly"


def parse(description, add_options, limit):
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mayfly", type=Path, default=ROOT / "build/mayfly", metavar="PATH", help="[build/mayfly]")
    parser.add_argument("--qemu", default=os.environ.get("MAYFLY_QEMU"), metavar="PATH",
                        help="QEMU binary [qemu-system-x86_64 of PATH]")
    parser.add_argument("--accel", default=os.environ.get("MAYFLY_ACCEL", "auto"), choices=("auto", "kvm", "tcg"),
                        help="[%(default)s]")
    parser.add_argument("--home", type=Path, default=default_home(), metavar="DIR", help="mayfly's state [%(default)s]")
    parser.add_argument("--out", type=Path, default=Path("bench-results"), metavar="DIR",
                        help="where NDJSON and HTML go [%(default)s]")
    parser.add_argument("--limit", type=int, default=limit, metavar="SECONDS",
                        help="give up after this time [%(default)s]")
    add_options(parser)
    return parser.parse_args()


def give_up(number, _frame):
    raise GivenUp("the time limit (--limit) is over" if number == signal.SIGALRM else "interrupted")


def main(name, title, description, add_options, run, limit=1800):
    """Runs `run(bench)`; the exit status is that of the command."""
    options = parse(description, add_options, limit)
    if not os.access(options.mayfly, os.X_OK):
        sys.exit(f"there is no {options.mayfly}: run scripts/setup, or say --mayfly PATH")
    for number in (signal.SIGALRM, signal.SIGTERM, signal.SIGINT):
        signal.signal(number, give_up)
    signal.alarm(options.limit)
    adopt_orphans()
    bench = Bench(options, name, title)
    try:
        run(bench)
        bench.report.describe({"load after": proc.load()})
    except (BenchError, GivenUp) as error:
        sys.exit(f"bench/{name}: {error}")
    finally:
        signal.alarm(0)
        bench.close()
    bench.report.close()
