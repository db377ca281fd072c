"""Which study and which of its cells are looked at.

The study by its folder in the session and by its name in the address, as runs are; the first one is
named there as well, because another may come first on another day.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import streamlit as st

from dashboard import serving
from dashboard.state.address import Misread, asked, misread, show_in_address
from dashboard.state.choices import set_choice
from dashboard.state.session import KEY_CELL, KEY_STUDY, get

_KEY_FROM = "_study_cell_from"


def settle_study(known: Mapping[str, Path]) -> Path:
    """The folder of the study to show, settled before its widget is drawn; ``known`` is never empty."""
    first = next(iter(known.values()))
    folder = get(KEY_STUDY)
    if wanted := "".join(asked(KEY_STUDY)[:1]):
        name = serving.find_name(wanted, known)
        folder = known.get(name) if name is not None else None
        if folder is None:
            accepted = ", ".join(list(known)[:12])
            misread(Misread(KEY_STUDY, wanted, accepted, next(iter(known)), (first,)))
    if folder not in known.values():
        folder = first
    set_choice(KEY_STUDY, folder)
    return Path(folder)


def show_study(name: str) -> None:
    """Keep the name of the study that is shown in the address."""
    show_in_address(KEY_STUDY, name)


def choose_cell(key: str | None, where: str) -> None:
    """Look at another cell, or at none; ``where`` on the page its detail stands."""
    set_choice(KEY_CELL, key)
    st.session_state[_KEY_FROM] = where


def detail_at() -> str | None:
    """Where on the page the detail of the chosen cell stands; None: where cells are listed."""
    place: str | None = st.session_state.get(_KEY_FROM)
    return place
