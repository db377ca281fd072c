"""Buttons that have a chart of the page saved as a picture, by the browser that shows it.

No picture is sent to the server, and none comes from it: a chart looks as it does on the screen, at
twice its pixels.
"""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.components.sources import component

_MOST_CIRCLES = 50_000  # points of a vector picture: more are a file that no program opens gladly
_pictures = component("paser_picture", "picture.css", "picture.js")


def pictures_of(points: int) -> tuple[str, ...]:
    """The kinds of pictures that a map with so many points can be had as."""
    return ("png", "svg") if points <= _MOST_CIRCLES else ("png",)


def pictures(
    chart: str,
    kinds: Sequence[str],
    name: str,
    title: str,
    *,
    key: str,
    legend: Sequence[tuple[str, ...]] = (),
) -> None:
    """Draw a button for every kind of picture.

    Args:
        chart: the key of the chart: of plotly, or of one of our own that listens.
        kinds: ``png`` and ``svg``, as far as the chart can be had so.
        name: of the file, without its ending.
        title: written over the picture.
        key: of the buttons.
        legend: colors, what they mean, and a sign where that is no disc; written under the title.
    """
    data: dict[str, object] = {"chart": chart, "kinds": list(kinds), "name": name, "title": title}
    data["legend"] = list(legend)
    _pictures(key=key, data=data)
