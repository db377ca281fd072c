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
