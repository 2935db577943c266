# SPDX-License-Identifier: Apache-2.0
"""What a bench leaves: NAME.ndjson with every sample, and NAME.html with tables and charts. Tables go to stdout too."""

import html
import json
import time

from charts import number

STYLE = """
:root { color-scheme: light; }
body { margin: 0; background: #f6f7f9; color: #1f2933; font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 920px; margin: 0 auto; padding: 32px 20px 60px; }
h1 { font-size: 26px; margin: 0 0 4px; } h2 { font-size: 17px; margin: 0 0 4px; }
.lead { color: #66727f; margin: 0 0 20px; }
section { background: #fff; border: 1px solid #e4e8ec; border-radius: 10px; padding: 18px 22px; margin: 14px 0; }
section p { color: #4a5561; margin: 2px 0 12px; max-width: 78ch; }
svg { display: block; width: 100%; height: auto; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(170px, 1fr)); gap: 12px; margin: 14px 0; }
.tile { background: #fff; border: 1px solid #e4e8ec; border-radius: 10px; padding: 12px 16px; }
.tile b { display: block; font-size: 24px; line-height: 1.25; } .tile span { color: #66727f; font-size: 13px; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: 14px; }
th, td { padding: 5px 10px; text-align: right; border-bottom: 1px solid #eceff2; white-space: nowrap; }
th { color: #66727f; font-weight: 600; white-space: normal; vertical-align: bottom; line-height: 1.25; } th:first-child, td:first-child { text-align: left; padding-left: 0; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 18px; margin: 0; font-size: 14px; }
dt { color: #66727f; } dd { margin: 0; overflow-wrap: anywhere; }
ul { margin: 4px 0; padding-left: 20px; color: #4a5561; }
"""


def cell(value):
    return number(value) if isinstance(value, float) else "" if value is None else str(value)


class Report:
    def __init__(self, name, title, folder):
        folder.mkdir(parents=True, exist_ok=True)
        self.page = folder / f"{name}.html"
        self.data = folder / f"{name}.ndjson"
        self.name, self.title, self.summary = name, title, ""
        self.tiles, self.sections, self.facts, self.notes = [], [], {}, []
        self.stream = self.data.open("w")

    def record(self, kind, **fields):
        """One line of NDJSON, written at once: what was measured stays, whatever comes later."""
        print(json.dumps({"bench": self.name, "kind": kind, **fields}), file=self.stream, flush=True)

    def describe(self, facts):
        """What the figures were measured on and with."""
        self.facts |= facts
        self.record("run", time=time.strftime("%Y-%m-%dT%H:%M:%S%z"), **facts)

    def tile(self, value, what):
        self.tiles.append((value, what))

    def table(self, title, header, rows, note=""):
        rows = [[cell(value) for value in row] for row in rows]
        print_table(title, header, rows)
        self.record("table", title=title, header=header, rows=rows)
        self.sections.append(section(title, note, html_table(header, rows)))

    def chart(self, title, content, note=""):
        self.sections.append(section(title, note, content))

    def note(self, text):
        """A sentence about what is counted and what is not; at the end of the page."""
        self.notes.append(text)

    def close(self):
        self.stream.close()
        tiles = "".join(f'<div class="tile"><b>{html.escape(value)}</b><span>{html.escape(what)}</span></div>'
                        for value, what in self.tiles)
        notes = "".join(f"<li>{html.escape(note)}</li>" for note in self.notes)
        facts = "".join(f"<dt>{html.escape(name)}</dt><dd>{html.escape(str(value))}</dd>"
                        for name, value in self.facts.items())
        self.page.write_text(
            f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{html.escape(self.title)}</title>'
            f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body><main>'
            f'<h1>{html.escape(self.title)}</h1><p class="lead">{html.escape(self.summary)}</p>'
            f'<div class="tiles">{tiles}</div>{"".join(self.sections)}'
            + (section("What is counted", "", f"<ul>{notes}</ul>") if notes else "")
            + section("Measured on and with", "", f"<dl>{facts}</dl>") + "</main></body></html>\n")
        print(f"{self.page}\n{self.data}")


def section(title, note, content):
    note = f"<p>{html.escape(note)}</p>" if note else ""
    return f"<section><h2>{html.escape(title)}</h2>{note}{content}</section>"


def html_table(header, rows):
    head = "".join(f"<th>{html.escape(name)}</th>" for name in header)
    body = "".join("<tr>" + "".join(f"<td>{html.escape(value)}</td>" for value in row) + "</tr>" for row in rows)
    return f'<div class="scroll"><table><tr>{head}</tr>{body}</table></div>'


def print_table(title, header, rows):
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]
    print(f"\n{title}")
    for row in [header, *rows]:
        first, *rest = (value.ljust(width) if i == 0 else value.rjust(width)
                        for i, (value, width) in enumerate(zip(row, widths)))
        print("  " + "  ".join([first, *rest]).rstrip())
    print(flush=True)
