"""The concept on show, the pair that is looked at, and the way there."""

from __future__ import annotations

import streamlit as st

from dashboard.state.address import Misread, asked, misread, settle, show_in_address
from dashboard.state.session import KEY_CONCEPT, held

_PARAMETER_PAIR = "pair"
_KEY_PAIR = "_pair"
_KEY_TRAIL = "_trail"
_LONGEST_TRAIL = 8


def concept() -> str | None:
    """The concept on show on the concepts page, also in its URL; None where none was chosen."""
    given, ends = asked(KEY_CONCEPT), asked(_PARAMETER_PAIR)
    if given or ends or KEY_CONCEPT not in st.session_state:
        show_concept(given[0] if given and given[0] else None)
        if ends:
            _ask_for_pair(ends)
    return held(KEY_CONCEPT, str)


def pair() -> tuple[str, str] | None:
    """The two concepts whose connection is looked at, if any."""
    around, ends = st.session_state.get(_KEY_PAIR) or (None, None)
    # Kept with the concept it was chosen at: other pages set the concept alone.
    return ends if ends and around == concept() else None


def _ask_for_pair(ends: tuple[str, ...]) -> None:
    name = st.session_state[KEY_CONCEPT]
    if len(ends) == 2 and name is not None:
        show_concept(name, (ends[0], ends[1]))
        return
    accepted = f"two concepts, beside “{KEY_CONCEPT}”"
    misread(Misread(_PARAMETER_PAIR, " and ".join(ends), accepted, "no connection", None))


def judge_pair(ends: tuple[str, str], linked: bool) -> None:
    """Say it where the pair that is asked for is no connection with the knobs as they are."""
    if linked:
        settle(_PARAMETER_PAIR, None)
        return
    accepted = "two concepts that met or clash in this graph"
    misread(Misread(_PARAMETER_PAIR, " and ".join(ends), accepted, "no connection", ends))


def show_concept(name: str | None, pair: tuple[str, str] | None = None) -> None:
    """Show a concept and, near it, the connection of two."""
    st.session_state[KEY_CONCEPT] = name
    st.session_state[_KEY_PAIR] = (name, pair)


def trail() -> tuple[str, ...]:
    """The concepts that were on show, the last one last."""
    return tuple(st.session_state.get(_KEY_TRAIL, ()))


def note_concept(name: str) -> None:
    """Put the concept that is drawn now at the end of the trail, and what was chosen in the URL."""
    earlier = (step for step in trail() if step != name)
    st.session_state[_KEY_TRAIL] = (*earlier, name)[-_LONGEST_TRAIL:]
    show_in_address(KEY_CONCEPT, concept())
    show_in_address(_PARAMETER_PAIR, *(pair() or ()))
    settle(_PARAMETER_PAIR, pair())
