"""Which point of a map each line of a table has, left in the page for the map to read (``map/lit.js``)."""

from __future__ import annotations

import html
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dashboard.components.drawn import drawn_of

_NO_POINT = -1


@dataclass(frozen=True)
class Lights:
    """A map on the page, and the samples that its points are."""

    key: str  # of the map
    rows: NDArray[np.int64]  # (m,) of the samples, ascending

    def leave(self, listed: NDArray[np.int64]) -> None:
        """Right above the table with these samples, in its order; nothing of it is seen."""
        st.html(
            f'<div hidden data-paser-map="{html.escape(self.key, quote=True)}" '
            f'data-paser-places="{" ".join(map(str, self.places(listed)))}"></div>'
            "<style>.stElementContainer:has([data-paser-map]) { display: none; }</style>"
        )

    def places(self, listed: NDArray[np.int64]) -> list[int]:
        """Of every sample the place among the points that the browser always has; -1: it has none."""
        drawn = self.rows[drawn_of(len(self.rows)).rows]
        if not len(drawn):
            return [_NO_POINT] * len(listed)
        at = np.minimum(np.searchsorted(drawn, listed), len(drawn) - 1)
        found: list[int] = np.where(drawn[at] == listed, at, _NO_POINT).tolist()
        return found
