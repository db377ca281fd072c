"""Ledger: every sample with its status and reason, filters, and people's decisions."""

from __future__ import annotations

from enum import StrEnum
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from dashboard import labels
from dashboard.runs import ledger, selections
from dashboard.state import filters, session
from dashboard.widgets import bulk, decisions, filter_bar
from dashboard.widgets.cards import Card, cards
from dashboard.widgets.filter_bar import Narrowed
from dashboard.widgets.frame import View
from dashboard.widgets.paging import paged_table
from dashboard.widgets.parts import segments
from paser_core.selection import Selection, Status
from paser_core.selection.conflicts import ConflictTable

_COLUMNS = {
    "id": st.column_config.TextColumn("Id", width=150),
    "status": st.column_config.TextColumn("Status", width=125),
    "reason": st.column_config.TextColumn("Reason", width="large"),
    "cluster": st.column_config.TextColumn("Cluster", width=180),
    "instruction": st.column_config.TextColumn("Instruction", width="medium"),
    "enters": st.column_config.NumberColumn(
        "Enters at",
        format="localized",
        help="The budget at which the sample is selected, with all other knobs as they are.",
    ),
    "pair": st.column_config.TextColumn("Conflicting concepts", width="medium"),
    "blockers": st.column_config.TextColumn(
        "First seen in", help="The accepted samples in which the two concepts were first seen."
    ),
}


class Shown(StrEnum):
    """The two ways to go through the samples."""

    LIST = "list"
    QUEUE = "queue"


_SHOWN = {Shown.LIST: "All samples", Shown.QUEUE: "Judge rejections, one by one"}


def shown() -> Shown:
    """Whether samples are listed, or rejected ones judged."""
    chosen: Shown = segments(
        "Show",
        list(Shown),
        session.KEY_SHOW,
        label_of=_SHOWN.__getitem__,
        in_address=True,
        label_visibility="collapsed",
    )
    return chosen


def counts(selection: Selection) -> None:
    """How many samples have which status."""
    number = np.bincount(selection.status, minlength=len(Status))
    shown = [s for s in Status if number[s.code] or s in (Status.SELECTED, Status.CONFLICT)]
    cards(
        *(
            Card(
                labels.STATUS_LABELS[status],
                labels.count(number[status.code]),
                labels.share(number[status.code], len(selection.status)),
            )
            for status in shown
        )
    )


def filtered(view: View) -> Narrowed:
    """The filters, and the rows that pass them."""
    found = filter_bar.bar(view, status=True)
    filters.note_listed(len(found.rows), view.run.n)
    return found


def table(view: View, selection: Selection, found: Narrowed) -> None:
    """One page of the ledger; a click on a line shows the sample beside it."""
    rows = found.rows
    st.header(labels.plural(len(rows), "sample"), anchor=False)
    bulk.box(view, rows, narrowed=found.narrows)
    if not len(rows):
        st.info("No sample passes these filters. Take one away.", icon=":material/filter_alt_off:")
        return
    conflicts = selections.conflicts_of(view.run, view.setting)
    paged_table(
        view,
        rows,
        partial(_frame, view, selection, conflicts),
        _COLUMNS,
        key="ledger",
        height=440,
        alt="The ledger: samples with status and reason",
    )


def _frame(
    view: View,
    selection: Selection,
    conflicts: ConflictTable,
    rows: NDArray[np.int64],
    *,
    whole: bool = False,
) -> pd.DataFrame:
    return ledger.ledger_frame(view.run, rows, view.names, selection, conflicts, whole=whole)


def work(view: View) -> None:
    """What people decided on this run, newest first, with undo."""
    edits = view.review.history()
    forced = len(view.decided.forced_in) + len(view.decided.forced_out)
    st.header("Decisions by people", anchor=False)
    st.caption(f"{labels.plural(len(edits), 'edit')}; {labels.plural(forced, 'sample')} forced.")
    with st.expander("History", icon=":material/history:", key="work", on_change="rerun") as shown:
        if shown.open:
            decisions.history(view, edits, key="history")
            left = view.review.left_behind()
            if left:
                st.caption(
                    f"{labels.plural(left, 'edit')} on an earlier content of this folder are kept, "
                    "but do not apply: the run was made again."
                )
