"""Whether names of clusters were asked for in this session, and which were taken last."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from dashboard.state.session import held

_KEY_ASKED = "_names-asked"
_KEY_TAKEN = "_names-taken"


@dataclass(frozen=True)
class Taken:
    """Names that were taken at once."""

    run: str  # the fingerprint of the run
    text: str
    edits: tuple[int, ...]


def ask(run: str) -> None:
    """Have names suggested for the clusters of a run, by its fingerprint."""
    st.session_state[_KEY_ASKED] = run


def asked(run: str) -> bool:
    """Whether somebody has asked for them."""
    return held(_KEY_ASKED, str) == run


def note(taken: Taken | None) -> None:
    """Keep what was taken last."""
    st.session_state[_KEY_TAKEN] = taken


def taken() -> Taken | None:
    """What was taken last."""
    return held(_KEY_TAKEN, Taken)
