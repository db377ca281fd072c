"""A table of samples, a page at a time; a click on a line chooses the sample everywhere."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from dashboard import labels
from dashboard.components.lights import Lights
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


def table(
    view: View,
    rows: NDArray[np.int64],
    *,
    key: str,
    height: int = 420,
    lights: Lights | None = None,
) -> None:
    """Draw one page of ``rows``, with a choice of order and page above it.

    Args:
        view: the run and the answer.
        rows: all row numbers.
        key: of the table.
        height: in pixels.
        lights: the map whose points light up with the lines.
    """
    columns = _UNSELECTED if view.selection is None else _COLUMNS
    if view.run.has_models:
        title = labels.damage_title(view.setting.measure)
        damage = st.column_config.NumberColumn(title, format="%.4f")
        columns = {**_COLUMNS, "divergence": damage, "ies": _IES}
    paged_table(
        view,
        rows,
        partial(_frame, view),
        columns,
        key=key,
        height=height,
        alt="Samples",
        lights=lights,
    )


def _frame(view: View, rows: NDArray[np.int64], *, whole: bool = False) -> pd.DataFrame:
    return tables.sample_frame(view.run, rows, view.names, view.selection, whole=whole)
