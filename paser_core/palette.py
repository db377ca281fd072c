"""Colors. Clusters keep theirs everywhere; all of them read on light and on dark ground.

The first eight are Okabe & Ito's color-blind-safe set (2008) with black and yellow replaced, the
rest Paul Tol's "muted" and "bright" (2021), ordered so that neighbors in number differ in hue and
lightness.
"""

from __future__ import annotations

from collections.abc import Sequence

CLUSTERS: tuple[str, ...] = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#D55E00",
    "#CC79A7",
    "#56B4E9",
    "#882255",
    "#999933",
    "#4477AA",
    "#EE6677",
    "#228833",
    "#AA3377",
    "#44AA99",
    "#CCBB44",
    "#6A5ACD",
    "#A6761D",
    "#88CCEE",
    "#DDAA33",
    "#117733",
    "#BB5566",
    "#66CCEE",
    "#B07AA1",
    "#7F7F7F",
    "#9C755F",
    "#59A14F",
)
NONE = "#9A9A9A"  # no cluster, not measured

# Viridis without its darkest and its lightest end, which vanish on dark and on light ground.
_RAMP_STOPS = ("#46327E", "#365C8D", "#277F8E", "#1FA187", "#4AC16D", "#A0DA39", "#E0C91B")


def cluster_color(cluster: int) -> str:
    """The color of a cluster number; -1 is gray."""
    return NONE if cluster < 0 else CLUSTERS[cluster % len(CLUSTERS)]


def ramp(steps: int) -> list[str]:
    """``steps`` colors from low to high."""
    return [_between(_RAMP_STOPS, i / max(steps - 1, 1)) for i in range(steps)]


def _between(stops: Sequence[str], share: float) -> str:
    place = share * (len(stops) - 1)
    left = min(int(place), len(stops) - 2)
    a, b = (_rgb(stops[left]), _rgb(stops[left + 1]))
    mixed = (round(x + (y - x) * (place - left)) for x, y in zip(a, b, strict=True))
    return "#" + "".join(f"{v:02X}" for v in mixed)


def _rgb(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)
