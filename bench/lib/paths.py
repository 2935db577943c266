# SPDX-License-Identifier: Apache-2.0
"""Where things are in the checkout. Imported first, it makes processes.py of the machine tests importable."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BENCH = ROOT / "bench"
sys.path.append(str(ROOT / "tests/machine"))
