"""The only module that touches ``st.session_state`` and the query string: typed accessors for both.

What a page must remember lives here under one key each. The knobs are bound to the URL by the
widgets themselves (``bind="query-params"``), so that a copied address shows the same view.
"""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

KEY_RUN = "run"
KEY_BUDGET = "budget"
KEY_TEMPERATURE = "temperature"
KEY_RULE = "allocation"
KEY_ORDER = "order"
KEY_COLOR = "color"
KEY_FORMAT = "format"
_KEY_PREPARED = "prepared_export"


@dataclass(frozen=True)
class PreparedExport:
    """An export that was built for one setting: shown until the setting changes."""

    setting: tuple[object, ...]
    folder: str
    checks: tuple[str, ...]
    files: tuple[tuple[str, int], ...]  # name, bytes


def prepared_export() -> PreparedExport | None:
    """The export built last in this session, if any."""
    value = st.session_state.get(_KEY_PREPARED)
    return value if isinstance(value, PreparedExport) else None


def remember_export(prepared: PreparedExport | None) -> None:
    """Keep (or forget) the export built last."""
    st.session_state[_KEY_PREPARED] = prepared


def visit(page: str) -> None:
    """Note the page that is about to run; on a switch, give the knobs their values back.

    Streamlit forgets a knob, and its place in the URL, when another page is opened.
    """
    if st.session_state.get("page") != page:
        st.session_state["page"] = page
        for key in (KEY_BUDGET, KEY_TEMPERATURE):
            kept = st.session_state.get(f"kept_{key}")
            if kept is not None:
                st.session_state[key] = kept


def keep(key: str, value: object) -> None:
    """Remember the value of a knob across pages."""
    st.session_state[f"kept_{key}"] = value
