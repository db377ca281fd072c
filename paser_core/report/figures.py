"""Pictures as inline SVG, drawn here: a bar with its interval, and the curve of gains.

Colors of text and lines are classes of the style sheet, so that they follow light, dark and print.
"""

from __future__ import annotations

import math

import numpy as np

from paser_core.report.gains import Gains
from paser_core.report.markup import Markup, tag
from paser_core.report.wording import count, share

_MOST_CORNERS = 240  # of a curve: more than the eye tells apart


def interval_bar(value: float, low: float, high: float, top: float, color: str) -> Markup:
    """A bar from 0 to ``value`` on a scale that ends at ``top``, with its interval as a whisker.

    No whisker where there is no interval (NaN).
    Hidden from screen readers: it stands in a table beside the numbers.
    """
    scale = 200.0 / top if top > 0 else 0.0
    x, left, right = (round(v * scale, 1) for v in (value, low, high))
    whisker = f"M{left} 12H{right}M{left} 8V16M{right} 8V16"
    return tag(
        "svg",
        tag("rect", x=0, y=5, width=x, height=14, fill=color),
        None if math.isnan(low) else tag("path", d=whisker, class_="whisker"),
        viewBox="0 0 202 24",
        preserveAspectRatio="none",
        class_="bar",
        aria_hidden="true",
    )


def gains_figure(gains: Gains, selected: int, description: str) -> Markup:
    """Share of the measured damage carried by the first r samples, beside drawing at random."""
    left, top, width, height = 58.0, 34.0, 560.0, 250.0
    reach = max(gains.usable, 1)

    def x(samples: float) -> float:
        return round(left + width * samples / reach, 1)

    def y(part: float) -> float:
        return round(top + height * (1 - part), 1)

    end = len(gains.covered) - 1
    corners = np.unique(np.linspace(0, end, _MOST_CORNERS).round().astype(int))
    curve = "L".join(f"{x(r)} {y(gains.covered[r])}" for r in corners.tolist())
    grid = [
        (
            tag("path", d=f"M{left:g} {y(part)}h{width:g}", class_="grid"),
            _text(f"{100 * part:g} %", left - 8, y(part) + 4, "tick", "end"),
        )
        for part in (0.0, 0.25, 0.5, 0.75, 1.0)
    ]
    ticks = [_text(count(r), x(r), top + height + 18, "tick") for r in _ticks(reach)]
    here, part = x(selected), float(gains.covered[selected])
    label = f"this selection: {share(part)}"
    # The curve only rises, so there is room to the lower right of any point of it, up to the edge.
    near_edge = here > left + 0.65 * width
    return tag(
        "svg",
        tag("title", "Share of the damage carried by the first samples", id="gains-title"),
        tag("desc", description, id="gains-desc"),
        grid,
        ticks,
        _text("share of all measured damage", left, top - 12, "tick", "start"),
        _text("samples taken", left + width / 2, top + height + 38, "tick"),
        tag("path", d=f"M{x(0)} {y(0)}L{x(reach)} {y(1)}", class_="random"),
        tag("path", d=f"M{curve}", class_="curve"),
        _text("in this order", x(end), y(gains.covered[end]) - 10, "label", "end"),
        _text("drawn at random", x(0.72 * reach), y(0.72) + 22, "tick", "start"),
        tag("path", d=f"M{here} {y(0)}V{y(part)}", class_="here"),
        tag("circle", cx=here, cy=y(part), r=5, class_="spot"),
        _text(
            label,
            here - 10 if near_edge else here + 10,
            y(part) + 20,
            "label",
            "end" if near_edge else "start",
        ),
        viewBox="0 0 640 328",
        class_="gains",
        role="img",
        aria_labelledby="gains-title gains-desc",
    )


def _text(text: str, x: float, y: float, style: str, anchor: str = "middle") -> Markup:
    return tag("text", text, x=x, y=round(y, 1), class_=style, text_anchor=anchor)


def _ticks(reach: int) -> list[int]:
    """A handful of round numbers from 0 to ``reach``."""
    step = 10 ** int(np.floor(np.log10(max(reach / 4, 1))))
    step = next(step * m for m in (1, 2, 5, 10) if reach / (step * m) <= 6)
    return list(range(0, reach + 1, step))
