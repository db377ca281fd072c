"""The decision on many samples that was made last in this session."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from dashboard.state.session import held

_KEY_DONE = "_bulk-done"


@dataclass(frozen=True)
class Done:
    """What it did, and the edit that it is."""

    run: str  # the fingerprint of the run it was made on
    text: str
    edit: int


def done() -> Done | None:
    """What was decided last."""
    return held(_KEY_DONE, Done)


def note(decided: Done | None) -> None:
    """Keep what was decided last."""
    st.session_state[_KEY_DONE] = decided
