"""A table of samples, a page at a time; a click on a line chooses the sample everywhere."""

from __future__ import annotations

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dashboard import labels
from dashboard.runs import tables
from dashboard.widgets.frame import View
from dashboard.widgets.paging import paged_table

_COLUMNS = {
    "id": st.column_config.TextColumn("Id", width=150),
    "instruction": st.column_config.TextColumn("Instruction", width="large"),
    "cluster": st.column_config.TextColumn("Cluster", width="medium"),
    "status": st.column_config.TextColumn("Status"),
}
_IES = st.column_config.NumberColumn("IES", format="%.4f", help=labels.HELP_IES)
_UNSELECTED = {name: _COLUMNS[name] for name in ("id", "instruction", "cluster")}


def table(view: View, rows: NDArray[np.int64], *, key: str, height: int = 420) -> None:
    """Draw one page of ``rows``, with a choice of order above and of the page below it."""
    columns = _UNSELECTED if view.selection is None else _COLUMNS
    if view.run.has_models:
        title = labels.damage_title(view.setting.measure)
        damage = st.column_config.NumberColumn(title, format="%.4f")
        columns = {**_COLUMNS, "divergence": damage, "ies": _IES}
    paged_table(
        view,
        rows,
        lambda some: tables.sample_frame(view.run, some, view.names, view.selection),
        columns,
        key=key,
        height=height,
        alt="Samples",
    )
