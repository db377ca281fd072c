"""Which run is looked at: its name in the session and in the address.

The address is ours and not the widget's (``bind="query-params"``): a widget leaves out what it starts
with, so that the first run would never be named, and a link would lead to whatever comes first later.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard import places
from dashboard.state.widgets import KEY_RUN, put, show_in_address

_KEY_FOLDER = "_run_folder"
_KEY_MISSED = "_missed_run"


@dataclass(frozen=True)
class Missed:
    """A run that the address asks for and that cannot be shown, and the one shown instead."""

    asked: str
    shown: str


def settle_run(served: Mapping[str, Path]) -> str:
    """The name of the run to show, settled before its widget is drawn.

    The address counts when it is opened and when the browser goes back to it; after that, what is
    chosen here. ``served`` is never empty.
    """
    asked = _asked_by_the_address()
    name = st.session_state.get(KEY_RUN)
    if asked is not None:
        name = places.meant(asked, places.known())
        st.session_state.pop(_KEY_MISSED, None)
    if name not in served:
        # The run shown before may have a longer name now, because another one is called the same.
        folder = st.session_state.get(_KEY_FOLDER)
        same = next((other for other, run in served.items() if run == folder), None)
        shown = same or next(iter(served))
        missed = asked or (name if same is None else None)
        if missed is not None:
            st.session_state[_KEY_MISSED] = Missed(missed, shown)
        name = shown
    put(KEY_RUN, name)
    return str(name)


def show_run(name: str, folder: Path) -> None:
    """Keep the run that is shown, and name it in the address."""
    st.session_state[_KEY_FOLDER] = folder
    missed = missed_run()
    if missed is not None and missed.shown != name:  # another one was chosen since
        forget_missed_run()
    show_in_address(KEY_RUN, name)


def missed_run() -> Missed | None:
    """The run that the address asks for in vain, until another one is chosen."""
    value = st.session_state.get(_KEY_MISSED)
    return value if isinstance(value, Missed) else None


def forget_missed_run() -> None:
    """Ask for that run no longer."""
    st.session_state.pop(_KEY_MISSED, None)


def _asked_by_the_address() -> str | None:
    if KEY_RUN in st.session_state and not _went_through_history():
        return None
    return st.query_params.get(KEY_RUN) or None


def _went_through_history() -> bool:
    """Whether the browser's Back or Forward led here.

    Streamlit tells its bound widgets and nobody else. An address that differs from the session does
    not say so: it is also what a browser sends that has not heard of the last change yet.
    """
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation
