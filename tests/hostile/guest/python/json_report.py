# SPDX-License-Identifier: Apache-2.0
"""Adds up what is bought, in JSON from stdin to stdout."""

import json
import sys

bought = json.load(sys.stdin)
report = {item["name"]: item["cents"] * item["count"] for item in bought}
print(json.dumps(report | {"total": sum(report.values())}, separators=(",", ":")))
