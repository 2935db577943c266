# SPDX-License-Identifier: Apache-2.0
"""Charts as SVG text: distribution, lines, stacked bars, ratios. No library, nothing from outside the page.

A series is (name, values or points); its colour is its place in PALETTE. Hovering shows the figure (SVG <title>).
"""

import html
import math

WIDTH = 860
PALETTE = ("#1f6fb4", "#e07b22", "#17927f", "#7a5cc0", "#c4416f", "#8a7a1d", "#4aa3df", "#8b949e")
INK, MUTED, GRID = "#1f2933", "#66727f", "#e4e8ec"
LEFT, RIGHT, TOP, BOTTOM = 64, 24, 34, 44  # margins of a plot with two axes


def colour(index):
    return PALETTE[index % len(PALETTE)]


def number(value):
    """Short, with two or three significant digits."""
    if value == 0:
        return "0"
    size = abs(value)
    if size >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if size >= 10 else f"{value:.2f}" if size >= 0.1 else f"{value:.2g}"


def text(x, y, content, anchor="start", fill=INK, size=12, weight="normal"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{fill}" font-size="{size}" '
            f'font-weight="{weight}">{html.escape(str(content))}</text>')


def line(x1, y1, x2, y2, stroke=GRID, width=1.0, dash=""):
    return (f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{stroke}" '
            f'stroke-width="{width}"' + (f' stroke-dasharray="{dash}"' if dash else "") + "/>")


def rect(x, y, width, height, fill, title=""):
    hint = f"<title>{html.escape(title)}</title>" if title else ""
    return (f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{height:.1f}" rx="1.5" '
            f'fill="{fill}">{hint}</rect>')


def svg(height, parts):
    return (f'<svg viewBox="0 0 {WIDTH} {height:.0f}" role="img" xmlns="http://www.w3.org/2000/svg" '
            f'font-family="system-ui, sans-serif">{"".join(parts)}</svg>')


def text_width(content, size=12):
    return len(str(content)) * size * 0.56


def legend(names, x, y, limit=WIDTH - RIGHT):
    """Boxes with names, from (x, y) on; returns (parts, y of the last line)."""
    parts, at = [], x
    for index, name in enumerate(names):
        needed = 16 + text_width(name) + 18
        if at + needed > limit and at > x:
            at, y = x, y + 18
        parts += [rect(at, y - 9, 11, 11, colour(index)), text(at + 16, y, name)]
        at += needed
    return parts, y


class Scale:
    """From a range of values to a range of pixels."""

    def __init__(self, low, high, start, end, log=False):
        self.low, self.high, self.start, self.end, self.log = low, high, start, end, log
        if log:
            self.low, self.high = math.log10(low), math.log10(high)

    def __call__(self, value):
        value = math.log10(value) if self.log else value
        span = self.high - self.low or 1
        return self.start + (value - self.low) / span * (self.end - self.start)


def linear_ticks(high, count=5):
    rough = (high or 1) / count
    power = 10 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough)
    return [step * i for i in range(math.ceil((high or 1) / step - 1e-9) + 1)]


def log_ticks(low, high):
    """1, 2, 5, 10, …, from the one below `low` to the one above `high`; only the tens where that is too many."""
    factors = (1,) if high / low > 3000 else (1, 2, 5)
    ticks = [factor * 10.0 ** power for power in range(-6, 10) for factor in factors]
    first = max(i for i, tick in enumerate(ticks) if tick <= low)
    last = min(i for i, tick in enumerate(ticks) if tick >= high)
    return ticks[first:max(last, first + 1) + 1]


class Plot:
    """Two axes. Add lines; then render()."""

    def __init__(self, x_ticks, y_ticks, x_name, y_name, height=320, log_x=False, names=(), y_format="{:,.6g}".format):
        self.parts, last = legend(names, LEFT, 16)
        top = last + TOP - 14
        self.height = height + last - 16
        self.x = Scale(x_ticks[0], x_ticks[-1], LEFT, WIDTH - RIGHT, log_x)
        self.y = Scale(y_ticks[0], y_ticks[-1], self.height - BOTTOM, top)
        for tick in y_ticks:
            self.parts += [line(LEFT, self.y(tick), WIDTH - RIGHT, self.y(tick)),
                           text(LEFT - 8, self.y(tick) + 4, y_format(tick), "end", MUTED)]
        for tick in x_ticks:
            self.parts += [line(self.x(tick), top, self.x(tick), self.height - BOTTOM),
                           text(self.x(tick), self.height - BOTTOM + 18, f"{tick:,.6g}", "middle", MUTED)]
        self.parts += [text((LEFT + WIDTH - RIGHT) / 2, self.height - 8, x_name, "middle", MUTED),
                       f'<g transform="rotate(-90 14 {(top + self.height - BOTTOM) / 2:.0f})">'
                       + text(14, (top + self.height - BOTTOM) / 2, y_name, "middle", MUTED) + "</g>"]

    def polyline(self, points, index, title, dots=False):
        path = " ".join(f"{self.x(x):.1f},{self.y(y):.1f}" for x, y in points)
        self.parts.append(f'<polyline points="{path}" fill="none" stroke="{colour(index)}" stroke-width="2" '
                          f'stroke-linejoin="round"><title>{html.escape(title)}</title></polyline>')
        for x, y in points if dots else ():
            self.parts.append(f'<circle cx="{self.x(x):.1f}" cy="{self.y(y):.1f}" r="3.5" fill="{colour(index)}">'
                              f"<title>{html.escape(f'{title}: {number(x)}, {number(y)}')}</title></circle>")

    def render(self):
        return svg(self.height, self.parts)


def distribution(series, x_name):
    """Cumulative: which share of the values is at most x. Logarithmic, so that hit and boot fit side by side."""
    everything = [value for _, values in series for value in values]
    plot = Plot(log_ticks(min(everything), max(everything)), [0, 25, 50, 75, 90, 100], x_name, "per cent of tasks",
                log_x=True, names=[name for name, _ in series], y_format="{:.0f} %".format)
    for index, (name, values) in enumerate(series):
        ordered = sorted(values)
        steps = [(ordered[0], 0.0)]
        for rank, value in enumerate(ordered, 1):
            steps += [(value, steps[-1][1]), (value, 100 * rank / len(ordered))]
        plot.polyline(steps, index, f"{name}: {len(ordered)} tasks, median {number(ordered[len(ordered) // 2])}")
    return plot.render()


def lines(series, x_name, y_name, dots=False, from_zero=True):
    """y over x, a line for each series of (name, [(x, y)])."""
    xs = [x for _, points in series for x, _ in points]
    ys = [y for _, points in series for _, y in points]
    y_ticks = linear_ticks(max(ys)) if from_zero else band_ticks(min(ys), max(ys))
    plot = Plot(linear_ticks(max(xs), 8), y_ticks, x_name, y_name, names=[name for name, _ in series])
    for index, (name, points) in enumerate(series):
        plot.polyline(points, index, name, dots)
    return plot.render()


def band_ticks(low, high):
    """Ticks around values that are far from zero."""
    step = linear_ticks(max(high - low, abs(high) / 50, 1e-9))[1]
    first = math.floor(low / step) - 1
    return [step * i for i in range(max(first, 0), math.ceil(high / step) + 2)]


def stacks(rows, unit, label_width=190):
    """Horizontal bars of (label, {part: value}), one below the other; parts in the order of their first row. An empty
    label leaves a gap."""
    names = list(dict.fromkeys(part for _, parts in rows for part in parts))
    parts, last = legend(names, 0, 16) if len(names) > 1 else ([], 0)
    longest = max(sum(values.values()) for _, values in rows) or 1
    scale = Scale(0, longest, label_width, WIDTH - 96)
    y = last + 16
    for label, values in rows:
        if not label:
            y += 12
            continue
        parts.append(text(label_width - 10, y + 17, label, "end"))
        at = 0.0
        for index, name in enumerate(names):
            value = values.get(name, 0)
            if value > 0:
                parts.append(rect(scale(at), y + 3, max(scale(at + value) - scale(at) - 1, 0.5), 20, colour(index),
                                  f"{label}, {name}: {number(value)} {unit}"))
            at += value
        parts.append(text(scale(at) + 8, y + 17, f"{number(at)} {unit}", weight="600"))
        y += 30
    return svg(y + 6, parts)


def spaced(ticks, scale, pixels):
    """Those that can carry a text: 1 always, then the tens, and nothing nearer than `pixels` to another."""
    kept = []
    for tick in sorted(ticks, key=lambda tick: (tick != 1, math.log10(tick) % 1 > 1e-9, tick)):
        if all(abs(scale(tick) - scale(other)) >= pixels for other in kept):
            kept.append(tick)
    return kept


def ratios(rows, reference, label_width=270):
    """Bars of (label, ratio, note) from 1 on, on a logarithmic scale: to the right slower, to the left faster."""
    values = [ratio for _, ratio, _ in rows] + [1.0]
    ticks = log_ticks(min(values) * 0.999, max(values) * 1.001)
    scale = Scale(ticks[0], ticks[-1], label_width + 12, WIDTH - 130, log=True)
    bottom = 30 + 32 * len(rows)
    parts = [line(scale(tick), 24, scale(tick), bottom) for tick in ticks]
    parts += [text(scale(tick), 16, f"{tick:g} ×", "middle", MUTED) for tick in spaced(ticks, scale, 44)]
    for place, (label, ratio, note) in enumerate(rows):
        y = 30 + 32 * place
        start, end = sorted((scale(1), scale(ratio)))
        shade = colour(0) if ratio == 1 else colour(2) if ratio < 1 else colour(1)
        parts += [text(label_width, y + 16, label, "end"),
                  rect(start, y + 3, max(end - start, 3), 19, shade, f"{label}: {ratio:.2f} ×, {note}"),
                  text(max(end, scale(1)) + 8, y + 16, f"{number(ratio)} ×", weight="600"),
                  text(max(end, scale(1)) + 18 + 1.1 * text_width(f"{number(ratio)} ×"), y + 16, note, fill=MUTED)]
    parts += [line(scale(1), 24, scale(1), bottom, INK, 1.2),
              text(label_width + 12, bottom + 20, f"1 × = {reference}; logarithmic; longer to the right is slower", fill=MUTED)]
    return svg(bottom + 30, parts)
