# SPDX-License-Identifier: Apache-2.0
"""The small C programs that the benches send into guests (bench/guest)."""

import base64
import subprocess

from mayfly import BenchError
from paths import BENCH


def build(name, folder, *flags):
    """Compiles guest/NAME.c into a static program below `folder`; returns a task's entry for `files`."""
    program = folder / name
    ended = subprocess.run(["gcc", "-O2", "-Wall", "-static", "-s", *flags, "-o", program, BENCH / "guest" / f"{name}.c"],
                           capture_output=True, text=True)
    if ended.returncode != 0:
        raise BenchError(f"gcc cannot build guest/{name}.c: {ended.stderr}")
    content = base64.b64encode(program.read_bytes()).decode()
    return {"path": f"/work/{name}", "base64": content, "mode": "0755"}
