# SPDX-License-Identifier: Apache-2.0
"""Reads Prometheus's text format (0.0.4), and refuses what its own parser would, or should."""

import re

from checks import check, equal

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)')
LINE = re.compile(rf"({NAME})(?:\{{(.*)\}})? (\S+)")
SUFFIXES = ("_bucket", "_sum", "_count")


class Exposition:
    """A text's metrics: types[name], and values[name] = {(sorted labels): number}."""

    def __init__(self, text):
        check(text.endswith("\n") and "\n\n" not in text, f"lines do not end well: {text!r}")
        self.types, self.values = {}, {}
        self.metric = None
        for line in text.splitlines():
            self.read(line)
        for name, kind in self.types.items():
            if kind == "histogram":
                self.check_histogram(name)

    def read(self, line):
        if line.startswith("# HELP "):
            self.metric = line.split(" ", 3)[2]
            check(re.fullmatch(NAME, self.metric), f"name in: {line}")
            check(self.metric not in self.types, f"begins twice: {line}")
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            equal(name, self.metric, f"name in: {line}")
            check(kind in ("counter", "gauge", "histogram"), f"type in: {line}")
            check(name.endswith("_total") == (kind == "counter"), f"name of a {kind}: {line}")
            self.types[name] = kind
        else:
            self.read_value(line)

    def read_value(self, line):
        found = LINE.fullmatch(line)
        check(found, f"no metric: {line!r}")
        name, text, number = found.groups()
        stems = (name.removesuffix(suffix) for suffix in SUFFIXES)
        owner = next((stem for stem in stems if self.types.get(stem) == "histogram"), name)
        check(owner == self.metric and owner in self.types, f"not below its TYPE: {line}")
        labels = self.labels(text or "")
        values = self.values.setdefault(name, {})
        check(labels not in values, f"twice: {line}")
        values[labels] = float(number)

    @staticmethod
    def labels(text):
        pairs = LABEL.findall(text)
        equal(",".join(f'{name}="{value}"' for name, value in pairs), text, "labels")
        return tuple(sorted(pairs))

    def check_histogram(self, name):
        buckets = [(float(dict(labels)["le"]), count) for labels, count in self.values[f"{name}_bucket"].items()]
        equal(buckets, sorted(buckets), f"buckets of {name}, which grow")
        equal(buckets[-1], (float("inf"), self.value(f"{name}_count")), f"last bucket of {name}")

    def value(self, name, **labels):
        return self.values[name][tuple(sorted(labels.items()))]

    def at_most(self, name, bound):
        """How many of a histogram's values are at most `bound`, one of its bounds."""
        buckets = self.values[f"{name}_bucket"].items()
        return next(count for labels, count in buckets if float(dict(labels)["le"]) == bound)
