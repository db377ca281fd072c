"""The concept on show, the pair that is looked at, and the way there."""

from __future__ import annotations

import streamlit as st

from dashboard.state.widgets import KEY_CONCEPT, show_in_address

_PARAMETER_PAIR = "pair"
_KEY_PAIR = "_pair"
_KEY_TRAIL = "_trail"
_LONGEST_TRAIL = 8


def concept() -> str | None:
    """The concept on show on the concepts page, also in its URL; None where none was chosen."""
    if KEY_CONCEPT not in st.session_state:
        ends = st.query_params.get_all(_PARAMETER_PAIR)
        pair = (ends[0], ends[1]) if len(ends) == 2 else None
        show_concept(st.query_params.get(KEY_CONCEPT) or None, pair)
    value = st.session_state[KEY_CONCEPT]
    return value if isinstance(value, str) else None


def pair() -> tuple[str, str] | None:
    """The two concepts whose connection is looked at, if any."""
    around, ends = st.session_state.get(_KEY_PAIR) or (None, None)
    # Kept with the concept it was chosen at: other pages set the concept alone.
    return ends if ends and around == concept() else None


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
    ends = list(pair() or ())
    if ends != st.query_params.get_all(_PARAMETER_PAIR):
        st.query_params[_PARAMETER_PAIR] = ends
