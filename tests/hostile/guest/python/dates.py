# SPDX-License-Identifier: Apache-2.0
"""From one leap day to another: the days between, and its weekday; and the last day of February 2100, which is no leap year."""

from datetime import date, timedelta

first, last = date(2000, 2, 29), date.fromisoformat("2024-02-29")
print((last - first).days)
print(last.strftime("%A"))
print(date(2100, 3, 1) - timedelta(days=1))
