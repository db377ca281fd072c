"""The lists of the page that is being drawn: what comes before and after the sample on show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

_KEY = "_walks"
_KEY_CLOSED = "_closed"


@dataclass(frozen=True)
class Walk:
    """One list, in its order over all pages."""

    rows: NDArray[np.int64]
    show: Callable[[int], None]  # turns to the page with this place of the list

    def place(self, row: int) -> int:
        """Where a row is in the list, which has it."""
        return int(np.flatnonzero(self.rows == row)[0])

    def step(self, row: int, by: int) -> int | None:
        """The row so many places on; None beyond the ends."""
        place = self.place(row) + by
        return int(self.rows[place]) if 0 <= place < len(self.rows) else None

    def follow(self, row: int) -> None:
        """Turn to the page with a row; before it is drawn."""
        self.show(self.place(row))


def begin() -> None:
    """A page that has not been drawn yet has no list."""
    st.session_state[_KEY] = []


def note(walk: Walk) -> None:
    """Say that the page shows a list."""
    st.session_state.setdefault(_KEY, []).append(walk)


def walk_with(row: int) -> Walk | None:
    """The first list of the page that has a row."""
    for walk in st.session_state.get(_KEY, ()):
        if (walk.rows == row).any():
            found: Walk = walk
            return found
    return None


def close() -> None:
    """Say that the sample was closed: tables take the tick off its line, so that a click opens it again."""
    st.session_state[_KEY_CLOSED] = closed() + 1


def closed() -> int:
    """How often a sample was closed."""
    count: int = st.session_state.get(_KEY_CLOSED, 0)
    return count
