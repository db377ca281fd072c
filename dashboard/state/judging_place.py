"""Where somebody is in the rejected samples that they judge."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from dashboard.state.session import held
from paser_core.review import Verdict

_KEY_AT = "_judging-at"
_KEY_LAST = "_judging-last"


@dataclass(frozen=True)
class LastVerdict:
    """The verdict that was given last in this session."""

    sample: str
    verdict: Verdict
    edit: int


def at() -> str | None:
    """The sample that was gone back to; None: the next one that is not judged."""
    return held(_KEY_AT, str)


def go(sample: str | None) -> None:
    """Show this sample, or the next one that is not judged."""
    st.session_state[_KEY_AT] = sample


def last() -> LastVerdict | None:
    """What was judged last."""
    return held(_KEY_LAST, LastVerdict)


def note(verdict: LastVerdict | None) -> None:
    """Keep what was judged last."""
    st.session_state[_KEY_LAST] = verdict
