"""What narrows the page that is being drawn: said at its top, where the way out is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from dashboard.state.session import held

_KEY_NARROWINGS = "_narrowings"
_KEY_LISTED = "_listed"


@dataclass(frozen=True)
class Narrowing:
    """One filter of a page."""

    name: str  # unique on the page
    text: str
    release: Callable[[], None]


@dataclass(frozen=True)
class Listed:
    """How many samples a page lists, and of how many."""

    shown: int
    total: int


def begin_page() -> None:
    """Nothing narrows a page that has not been drawn yet."""
    st.session_state[_KEY_NARROWINGS] = []
    st.session_state[_KEY_LISTED] = None


def narrow(name: str, text: str, release: Callable[[], None]) -> None:
    """Say what narrows this page, and how to let it go; for the page, while it is drawn."""
    st.session_state.setdefault(_KEY_NARROWINGS, []).append(Narrowing(name, text, release))


def note_listed(shown: int, total: int) -> None:
    """Say how many samples this page lists."""
    st.session_state[_KEY_LISTED] = Listed(shown, total)


def narrowings() -> tuple[Narrowing, ...]:
    """What narrows the page that was drawn."""
    return tuple(st.session_state.get(_KEY_NARROWINGS, ()))


def listed() -> Listed | None:
    """How many samples the page that was drawn lists, where it said so."""
    return held(_KEY_LISTED, Listed)
