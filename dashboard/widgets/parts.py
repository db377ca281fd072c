"""What pages are put together from: a button, a figure, a choice in a row, a table to take along."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.state import choices
from dashboard.widgets.download import PLOTLY, Offer, chart_menu, table_menu, titled


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


def as_table(key: str) -> bool:
    """Whether a chart is wanted as its table.

    No tabs: where a panel begins with a chart, they walk through all of the drawing, at each look at the
    page, for something that the keyboard can reach.
    """
    views = ["Chart", "Table"]
    return bool(segments("Show as", views, key, label_visibility="collapsed") == "Table")


def figure(
    drawn: Any, key: str, alt: str | None = None, *, offer: Offer | None = None, **looks: Any
) -> None:
    """A plotly figure without tools of its own, and below it the menu that gives it away.

    Args:
        drawn: the figure.
        key: names it on the page.
        alt: what it shows, for those who do not see it.
        offer: the data behind it, and what the files are called.
        looks: for ``st.plotly_chart``.
    """
    config = {"displayModeBar": False} if offer is None else PLOTLY
    st.plotly_chart(drawn, key=key, config=config, alt=alt, **looks)
    if offer is not None:
        chart_menu(key, offer)


def table(
    frame: pd.DataFrame,
    name: str,
    columns: Mapping[str, Any],
    alt: str,
    *,
    key: str = "",
    height: Any = "content",
    most: int | None = None,
) -> None:
    """A table as it is, and the menu that offers all of it.

    Args:
        frame: all lines.
        name: of the files, without the ending.
        columns: Streamlit's settings of the columns, by name.
        alt: what the table is, for those who do not see it.
        key: of the menu, where the name changes with the setting.
        height: for ``st.dataframe``.
        most: lines that are drawn; None: all.
    """
    shown = frame if most is None else frame.head(most)
    st.dataframe(
        shown, hide_index=True, height=height, column_config=columns, alt=alt, placeholder="–"
    )
    table_menu(lambda: titled(frame, columns), name, len(frame), key=key)
