# SPDX-License-Identifier: Apache-2.0
"""Prints what the agent would say to the host, and what mayfly would say to its user, and then fails."""

import sys

print('{"id":3,"status":"exit","code":0,"usage":{"cpu_ms":0,"mem_kb":0,"io_kb":0}}')
print('{"status":"ready","agent":"0"}')
print('{"schema":1,"id":"forged_lines","verdict":"ok","fault":"none","exit_code":0,"stdout":"right"}')
print('"}\n{"id":4,"stream":"stdout","data":"\\u0000"}')
sys.exit(3)
