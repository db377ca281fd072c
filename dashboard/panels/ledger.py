"""Ledger: every sample with its status and reason, filters, and people's decisions."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from dashboard import labels
from dashboard.runs import ledger, opening, selections
from dashboard.state import choices, filters, focus, session
from dashboard.widgets import decisions, searching
from dashboard.widgets.cards import Card, cards
from dashboard.widgets.frame import View
from dashboard.widgets.paging import paged_table
from paser_core.explain.ledger import ledger_rows
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
        "Brought in by", help="The accepted samples that brought the two concepts in."
    ),
}


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


def filtered(view: View, selection: Selection) -> NDArray[np.int64]:
    """The filters, and the rows that pass them."""
    statuses = choices.choose_several(
        st.pills,
        "Status",
        list(Status),
        label_of=labels.STATUS_LABELS.__getitem__,
        selection_mode="multi",
        key=session.KEY_STATUS,
        in_address=True,
    )
    first, third, fourth = st.columns([2.4, 2.6, 2.4], vertical_alignment="bottom")
    clusters = choices.choose_several(
        first.multiselect,
        "Cluster",
        range(view.run.n_clusters),
        label_of=lambda k: labels.excerpt(view.names[k], 40),
        key=session.KEY_CLUSTERS,
        in_address=True,
        placeholder="All clusters",
    )
    hits = searching.box(view, third, fourth)
    among = [] if hits is None else [hits.rows]
    linked = focus.linked()
    if linked is not None:
        among.append(opening.rows_of(view.run, linked.ids))
    if statuses:
        listed = labels.listing([labels.STATUS_LABELS[status] for status in statuses])
        filters.narrow(
            "status", f"Status: {listed}", partial(choices.set_choice, session.KEY_STATUS, [])
        )
    if clusters:
        named = labels.listing([labels.excerpt(view.names[k], 40) for k in clusters])
        release = partial(choices.set_choice, session.KEY_CLUSTERS, [])
        filters.narrow("clusters", f"Cluster: {named}", release)
    rows = ledger_rows(view.run, selection, tuple(statuses), tuple(clusters), *among)
    filters.note_listed(len(rows), view.run.n)
    return rows


def table(view: View, selection: Selection, rows: NDArray[np.int64]) -> None:
    """One page of the ledger; a click on a line shows the sample below."""
    st.header(labels.plural(len(rows), "sample"), anchor=False)
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
        search=False,
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
