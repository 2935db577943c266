# SPDX-License-Identifier: Apache-2.0
"""The part of a bench that runs in the reference host (tests/host), whose clock counts instructions."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from mayfly import BenchError
from paths import BENCH, ROOT

HELPERS = {BENCH / "lib": "bench/lib", ROOT / "tests/machine": "tests/machine"}


def put_options(things):
    for path, name in things.items():
        if not path.exists():
            raise BenchError(f"there is no {path}: run scripts/setup" + (" and scripts/build-qemu" if name == "qemu" else ""))
        yield from ("--put", f"{path}:{name}")


def measure(script, qemu, things, limit):
    """Runs bench/lib/SCRIPT there with QEMU's path and a file as arguments, for at most `limit` seconds. `things`: {path: name
    below /job}. Returns the records that it wrote to the file, in order."""
    with tempfile.TemporaryDirectory(prefix="mayfly-reference-host-") as folder:
        inside = f'python3 -B bench/lib/{script} {qemu} "$RESULTS/records.ndjson"'
        ended = subprocess.run([ROOT / "tests/host/run", "--virtual", "--timeout", str(limit), "--out", folder,
                                *put_options(HELPERS | things), "--", inside], stdin=subprocess.DEVNULL, stdout=sys.stderr)
        if ended.returncode != 0:
            raise BenchError(f"the run in the reference host failed ({ended.returncode}); its words are above")
        return [json.loads(line) for line in (Path(folder) / "records.ndjson").read_text().splitlines()]
