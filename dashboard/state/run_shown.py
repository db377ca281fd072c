"""Which run is looked at: its folder in the session, its name in the address.

By folder, because a name grows and shrinks with the runs beside it. The address is ours and not the
widget's (``bind="query-params"``): a widget leaves out what it starts with, so that the first run
would never be named, and a link would lead to whatever comes first later.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from dashboard import serving
from dashboard.state.address import asked, show_in_address
from dashboard.state.choices import set_choice
from dashboard.state.session import KEY_RUN, get, held

_KEY_NAME = "_run_name"
_KEY_MISSED = "_missed_run"


@dataclass(frozen=True)
class Missed:
    """A run that the address asks for and that cannot be shown, and the one shown instead."""

    asked: str
    shown: str


def settle_run(served: Mapping[str, Path]) -> Path:
    """The folder of the run to show, settled before its widget is drawn.

    The address counts when it is opened and when the browser goes back to it; after that, what is
    chosen here. ``served`` is never empty.
    """
    wanted = "".join(asked(KEY_RUN)[:1])
    folder = get(KEY_RUN)
    missed = st.session_state.get(_KEY_NAME) if folder is not None else None
    if wanted:
        name = serving.find_name(wanted, serving.runs_by_name())
        folder = served.get(name) if name is not None else None
        missed = wanted
        forget_missed_run()
    if folder not in served.values():
        shown, folder = next(iter(served.items()))
        if missed is not None:
            st.session_state[_KEY_MISSED] = Missed(missed, shown)
    set_choice(KEY_RUN, folder)
    return Path(folder)


def show_run(name: str) -> None:
    """Keep the name of the run that is shown, also in the address."""
    st.session_state[_KEY_NAME] = name
    missed = missed_run()
    if missed is not None and missed.shown != name:  # another one was chosen since
        forget_missed_run()
    show_in_address(KEY_RUN, name)


def missed_run() -> Missed | None:
    """The run that the address asks for in vain, until another one is chosen."""
    return held(_KEY_MISSED, Missed)


def forget_missed_run() -> None:
    """Ask for that run no longer."""
    st.session_state.pop(_KEY_MISSED, None)
