# SPDX-License-Identifier: Apache-2.0
"""The few statistics that the benches need."""

import math
import statistics


def percentile(values, percent):
    """Between the two nearest values, in proportion."""
    ordered = sorted(values)
    at = (len(ordered) - 1) * percent / 100
    low, high = ordered[math.floor(at)], ordered[math.ceil(at)]
    return low + (high - low) * (at - math.floor(at))


def spread(values):
    """What is reported of a series of times."""
    return {"count": len(values), "p50": percentile(values, 50), "p90": percentile(values, 90),
            "p99": percentile(values, 99), "max": max(values)}


def median(values):
    return statistics.median(values)


def slope(points):
    """Least squares: the change of y for each x."""
    if len({x for x, _ in points}) < 2:
        return 0.0
    return statistics.linear_regression(*zip(*points)).slope
