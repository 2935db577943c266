# SPDX-License-Identifier: Apache-2.0
"""The examples that users see first."""

import subprocess
from pathlib import Path

from harness import check, equal, test

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@test("every task of first.ndjson ends as its labels say", limit=900)
def first(t):
    tasks = EXAMPLES / "first.ndjson"
    out = t.folder / "results.ndjson"
    with open(out, "wb") as file:
        ended = t.mayfly("batch", "-j", "2", tasks, stdout=file)
    equal(ended.status, 0, "status")
    compared = subprocess.run([EXAMPLES / "compare", tasks, out], capture_output=True, text=True, check=False)
    check(compared.returncode == 0, compared.stdout + compared.stderr)


@test("the task of the manual page compiles and greets")
def hello(t):
    ended = t.run("sh", "-c", "gcc -o hello hello.c && ./hello", options=("--file", f"{EXAMPLES / 'hello.c'}:hello.c"))
    equal((ended.status, b"\n" in ended.out), (0, True), "end")
