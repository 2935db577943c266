# SPDX-License-Identifier: Apache-2.0
"""Reads and writes the first process, which elsewhere would be the agent."""

from attempt import attempt, finish
import os

for name in ("mem", "environ", "maps", "oom_score_adj"):
    attempt(f"reading {name}", os.open, f"/proc/1/{name}", os.O_RDONLY)
for name in ("mem", "comm", "oom_score_adj", "attr/current"):
    attempt(f"writing {name}", os.open, f"/proc/1/{name}", os.O_WRONLY)
for name in ("fd", "task", "root/etc", "cwd"):
    attempt(f"listing {name}", os.listdir, f"/proc/1/{name}")
finish()
