"""Keys of the widgets, and their values before they are drawn. Keys in the address are short."""

from __future__ import annotations

from typing import Any, TypeVar

import streamlit as st

from dashboard.state.choices import choice_key

T = TypeVar("T")

KEY_RUN = "run"
KEY_SELECTOR = "selector"
KEY_SEED = "seed"
KEY_ENCODER = "encoder"
KEY_BUDGET = "budget"
KEY_TEMPERATURE = "temperature"
KEY_SIGNAL = "signal"
KEY_AGGREGATE = "aggregate"
KEY_RULE = "allocation"
KEY_ORDER = "order"
KEY_PER_SAMPLE = "concepts"
KEY_MAX_WORDS = "words"
KEY_MAX_FREQUENCY = "frequency"
KEY_COLOR = "color"
KEY_SPACE = "space"
KEY_QUERY = "q"
KEY_MODE = "search"
KEY_CONCEPT = "concept"
KEY_FIND = "find"
KEY_NEAR = "near"
KEY_GRAPH = "graph"
KEY_FORMAT = "format"
KEY_AGAINST = "against"
KEY_DRAW = "draw"
KEY_ALSO = "also"
KEY_FOLDERS = "folders"
KEY_REFERENCE = "reference"
KEY_OTHER_RUN = "other"
KEY_OTHER_SETTING = "setting"
KEY_OTHER_EXPORT = "folder"
KEY_SIDE = "side"
KEY_CLUSTERS = "clusters"
KEY_STATUS = "status"
KEY_VALUES = "value"
KEY_DAMAGE_RANGE = "damage"
KEY_TOKENS_RANGE = "tokens"
KEY_IES_RANGE = "ies"
KEY_SHOW = "show"
KEY_STUDY = "study"
KEY_CELL = "cell"
KEY_ITEMS = "items"
KNOBS = (
    KEY_SELECTOR,
    KEY_SEED,
    KEY_ENCODER,
    KEY_BUDGET,
    KEY_SIGNAL,
    KEY_AGGREGATE,
    KEY_TEMPERATURE,
    KEY_RULE,
    KEY_ORDER,
    KEY_PER_SAMPLE,
    KEY_MAX_WORDS,
    KEY_MAX_FREQUENCY,
)
# What an address may hold: every key above, and what is kept without a widget.
PARAMETERS = (
    *(value for name, value in list(globals().items()) if name.startswith("KEY_")),
    "sample",
    "cluster",
    "beside",
    "pair",
)


def put(key: str, value: object) -> None:
    """Set a widget's value before it is drawn, e.g. from a callback.

    Not to what it is already: a value that is set overrides in the browser what a person has typed,
    or the key they have pressed, while the page was being made.
    """
    where = _where(key)
    if where not in st.session_state or st.session_state[where] != value:
        st.session_state[where] = value


def held(key: str, kind: type[T]) -> T | None:
    """What the session holds under a key of ours; None where it holds nothing of that kind."""
    value = st.session_state.get(key)
    return value if isinstance(value, kind) else None


def get(key: str) -> Any:
    """A widget's value, or None before it was drawn."""
    return st.session_state.get(_where(key))


def forget(*keys: str) -> None:
    """Let widgets begin anew."""
    for key in keys:
        st.session_state.pop(choice_key(key), None)
        st.session_state.pop(key, None)


def _where(key: str) -> str:
    """A choice out of a list is held apart from its widget."""
    held = choice_key(key)
    return held if held in st.session_state else key


def clamp(key: str, low: float, high: float) -> None:
    """Move a remembered value into the range of the run that is shown now."""
    value = st.session_state.get(key)
    if value is not None:
        put(key, min(max(value, low), high))


def start_over(key: str, subject: object) -> None:
    """Forget a widget's value where it was about something else than now."""
    known = f"_about_{key}"
    if known in st.session_state and st.session_state[known] != subject:
        st.session_state.pop(key, None)
    st.session_state[known] = subject
