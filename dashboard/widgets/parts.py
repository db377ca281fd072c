"""What pages are put together from: a button, a figure, a choice in a row, a table to take along."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.state import choices
from dashboard.widgets.download import csv_button


def button(
    label: str,
    key: str,
    icon: str | None,
    act: Callable[..., None],
    *args: Any,
    at: DeltaGenerator | None = None,
    **looks: Any,
) -> None:
    """A button that acts before the page is drawn anew.

    Args:
        label: on it; Markdown, so that a text of the user's goes through ``labels.plain``.
        key: names it.
        icon: the name of a Material symbol, if it has one.
        act: what it does.
        args: of ``act``.
        at: the container it stands in; the current one where there is none.
        looks: for ``st.button``.
    """
    sign = None if icon is None else f":material/{icon}:"
    (at or st).button(label, key=key, icon=sign, on_click=act, args=args, **looks)


def segments(label: str, options: Sequence[Any], key: str, **looks: Any) -> Any:
    """A choice of one, all options side by side; always one of them is chosen."""
    at = looks.pop("at", st)
    return choices.choose_one(at.segmented_control, label, options, key=key, required=True, **looks)


def figure(drawn: Any, key: str, alt: str | None = None, **looks: Any) -> None:
    """A plotly figure without tools of its own; ``alt`` says what it shows to those who do not see it."""
    st.plotly_chart(drawn, key=key, config={"displayModeBar": False}, alt=alt, **looks)


def table(
    frame: pd.DataFrame,
    name: str,
    columns: Mapping[str, Any],
    alt: str,
    *,
    height: Any = "content",
    most: int | None = None,
) -> None:
    """A table as it is, and a button that offers all of it as CSV; ``most``: lines that are drawn."""
    shown = frame if most is None else frame.head(most)
    st.dataframe(
        shown, hide_index=True, height=height, column_config=columns, alt=alt, placeholder="–"
    )
    csv_button(lambda: frame, name, len(frame))
