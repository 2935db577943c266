# SPDX-License-Identifier: Apache-2.0
"""What is said about tests while they run: lines for people, or events for a program that reads them."""

import json


class Lines:
    """One line a test, when it has ended; what went wrong is below it. `place` is put in front of the names."""

    def __init__(self, place=""):
        self.place = place
        self.counts = {"ok": 0, "FAIL": 0, "SKIP": 0}

    def plans(self, names):
        pass

    def begins(self, name):
        pass

    def ends(self, name, status, seconds, text):
        self.counts[status] += 1
        reason = f" ({text})" if status == "SKIP" else ""
        print(f"{status:4} {seconds:6.1f} s  {self.place}{name}{reason}", flush=True)
        if status == "FAIL":
            print("\n".join(f"      {line}" for line in text.splitlines()), flush=True)

    def closes(self, seconds):
        """The last words. Returns whether all is well: something was shown, and nothing failed."""
        print(f"in {seconds:.0f} s")
        skipped = f", {self.counts['SKIP']} skipped" if self.counts["SKIP"] else ""
        print(f"{self.counts['ok']} passed, {self.counts['FAIL']} failed{skipped}", flush=True)
        return self.counts["FAIL"] == 0 and self.counts["ok"] > 0


class Events:
    """A JSON object a line, as things happen: {"plans": names}, {"begins": name}, {"ends": name, "status": …}."""

    def plans(self, names):
        self.say(plans=names)

    def begins(self, name):
        self.say(begins=name)

    def ends(self, name, status, seconds, text):
        self.say(ends=name, status=status, seconds=round(seconds, 1), text=text)

    def closes(self, _seconds):
        return True

    @staticmethod
    def say(**event):
        print(json.dumps(event), flush=True)
