"""A small histogram above a range: how all samples are spread, and those that pass the rest."""

from __future__ import annotations

import html
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from paser_core.explain.facets import Histogram, Range

_ALL, _PASSING = "rgba(128,128,128,.3)", "#3B82BD"
_CSS = """
<style>
.spread { display: flex; align-items: end; gap: 1px; height: 40px; margin: 0 6px; }
.spread div { flex: 1; position: relative; height: 100%; }
.spread i { position: absolute; bottom: 0; left: 0; right: 0; }
</style>
"""


def histogram_html(spread: Histogram, chosen: Range | None, alt: str) -> str:
    """Gray: all samples; blue: those that pass every other filter. Each to its own height.

    Args:
        spread: what is drawn.
        chosen: what is outside steps back; None: nothing is.
        alt: what it shows, for who does not see it.
    """
    inside = np.ones(len(spread.all), bool)
    if chosen is not None:
        inside = (spread.edges[1:] > chosen.low) & (spread.edges[:-1] <= chosen.high)
    gray, blue = (list(_bars(counts)) for counts in (spread.all, spread.passing))
    columns = "".join(
        f'<div style="opacity:{1 if within else 0.25}"><i style="height:{a};background:{_ALL}"></i>'
        f'<i style="height:{b};background:{_PASSING}"></i></div>'
        for a, b, within in zip(gray, blue, inside.tolist(), strict=True)
    )
    return f'{_CSS}<div class="spread" role="img" aria-label="{html.escape(alt)}">{columns}</div>'


def _bars(counts: NDArray[np.int64]) -> Iterator[str]:
    """A height each; what is there is never too low to be seen."""
    top = max(int(counts.max(initial=0)), 1)
    for count in counts.tolist():
        yield f"{max(100 * count / top, 3):.1f}%" if count else "0"
