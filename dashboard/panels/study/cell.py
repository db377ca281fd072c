"""Study: one cell: how it ended, what it chose, how its loss went, its answers beside another's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import labels
from dashboard.charts.data import loss_data
from dashboard.charts.study import loss_figure
from dashboard.panels.study import words
from dashboard.panels.study.page import Shown
from dashboard.runs import opening, studies
from dashboard.state import choices, draft, focus, session, study_shown
from dashboard.widgets.cards import Card, cards
from dashboard.widgets.download import Offer, file_name
from dashboard.widgets.frame import go_to, show_error
from dashboard.widgets.parts import button, figure, table
from paser_core.errors import PaserError
from paser_core.study.retained import Repeats

CELLS = "cells"  # where a detail stands that nobody has asked for by a figure


def detail(shown: Shown, where: str) -> None:
    """The cell that is looked at, if its place is here; drawn again alone when something in it moves."""
    key = chosen(shown)
    if key is not None and (study_shown.detail_at() or CELLS) == where:
        st.fragment(_detail)(shown, key, where)


def chosen(shown: Shown) -> str | None:
    """The key of the cell that is looked at, if this study has it."""
    key = session.get(session.KEY_CELL)
    return key if key in shown.study.titles else None


def picked(key: str, keys: Sequence[Sequence[str | None]], where: str) -> Callable[[], None]:
    """What a click on a point of a figure does: its cell is looked at, below the figure.

    Args:
        key: of the figure.
        keys: of the cells, by trace and point; None where a point is no cell.
        where: the place of the detail.
    """

    def clicked() -> None:
        points = session.get(key).selection.points
        found = keys[points[0]["curve_number"]][points[0]["point_index"]] if points else None
        if found is not None:
            study_shown.choose_cell(found, where)

    return clicked


def _detail(shown: Shown, key: str, where: str) -> None:
    if session.get(session.KEY_CELL) != key:  # closed; the rest of the page shows it as well
        st.rerun()
    draw(shown, key, where)


def draw(shown: Shown, key: str, where: str) -> None:
    """All that is known of a cell."""
    cells = shown.results.cells
    row = studies.rows_of(cells[cells["key"] == key])[0]
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.subheader(labels.plain(studies.title_of(row)), anchor=False)
            st.space("stretch")
            button("Close", f"study-close-{where}", "close", study_shown.choose_cell, None, where)
        _shared(cells, key)
        if row["status"] != "done":
            st.error(
                labels.plain(words.lost(row, shown.results.study["failed"])),
                icon=":material/error:",
            )
        _figures(shown, row)
        left, right = st.columns([3, 2], gap="medium")
        with left:
            _losses(row)
        with right:
            _selection(shown, row, where)
        if row["status"] == "done":
            _answers(shown, row)


def _shared(cells: pd.DataFrame, key: str) -> None:
    others = int((cells["key"] == key).sum()) - 1
    if others:
        st.caption(
            f"The same cell stands in {labels.plural(others, 'more place')} of the grid: what determines "
            "it is the same there."
        )


def _figures(shown: Shown, row: studies.Row) -> None:
    arm = shown.found.of(studies.arm_of(row))
    told = []
    if arm is not None and row["key"] in arm.keys:
        told += _retained(shown, arm, arm.keys.index(row["key"]))
    for name, said, below in (
        ("samples", "Samples", _counted(row["tokens"], "tokens")),
        ("tokens_trained", "Tokens trained on", _counted(row["steps"], "steps")),
        ("cpu_seconds", "Processor seconds", None),
    ):
        if _is_there(row[name]):
            told.append(Card(said, labels.count(row[name]), below))
    if told:
        cards(*told)


def _retained(shown: Shown, arm: Repeats, at: int) -> list[Card]:
    worst = arm.worst_of[at]
    name = shown.found.capabilities[worst][1] if worst >= 0 else "–"
    return [
        Card("Mean retention", labels.share(float(arm.mean[at])), None, words.RETENTION_HELP),
        Card("Worst capability", labels.share(float(arm.worst[at])), labels.plain(name)),
    ]


def _counted(value: float, noun: str) -> str | None:
    return f"{labels.count(value)} {noun}" if _is_there(value) else None


def _is_there(value: Any) -> bool:
    """Whether a cell has the figure: where it was lost, a frame has NaN or None."""
    return bool(pd.notna(value))


def _losses(row: studies.Row) -> None:
    losses = [] if row["losses"] is None else list(row["losses"])
    if not losses:
        st.caption("No loss was recorded.")
        return
    st.markdown("**Loss of the training**")
    key = f"study-loss-{row['key']}"
    told = "Loss of every step of the training"
    name = file_name("loss", str(row["key"]))
    offer = Offer(name, studies.title_of(row), lambda: loss_data(losses))
    figure(loss_figure(losses), key, told, offer=offer)
    known = [row["loss_before"], row["loss_after"]]
    if all(map(_is_there, known)):
        st.caption(
            f"Over the first samples of the training: {known[0]:.3f} before it, {known[1]:.3f} after it."
        )


def _selection(shown: Shown, row: studies.Row, where: str) -> None:
    ids = shown.study.selections.ids(row["key"])
    if not ids:
        st.caption("It has no selection.")
        return
    run = studies.run_folder(shown.folder, shown.study, row["compression"])
    st.markdown(f"**Selection: {labels.plural(len(ids), 'sample')}**")
    if run is None:
        st.caption("The run that it was selected from is not here, so there is no map of it.")
    elif st.button("Show on the map", key=f"study-map-{where}", icon=":material/scatter_plot:"):
        opened = opening.open_run(run)
        draft.open_run(run)
        focus.enter_run(opened.content, opened.manifest["data"]["sha256"])
        focus.link(focus.Linked(f"of the cell {studies.title_of(row)}", ids))
        go_to("pages/map.py")
    with st.expander("List", icon=":material/list:"):
        frame = pd.DataFrame({"rank": np.arange(1, len(ids) + 1), "id": ids})
        columns = {
            "rank": st.column_config.NumberColumn("Rank", width="small"),
            "id": st.column_config.TextColumn("Sample"),
        }
        alt = "Selected samples, in order of acceptance"
        table(frame, file_name("selection", str(row["key"])), columns, alt, height=240)


def _answers(shown: Shown, row: studies.Row) -> None:
    st.markdown("**Answers beside another's**")
    others = _others(shown, row)
    other = choices.choose_one(
        st.selectbox, "Beside", list(others), key="study-beside", label_of=others.__getitem__
    )
    only = st.toggle("Only where they differ", value=True, key="study-differ")
    try:
        found = shown.study.beside(row["key"], other, shown.part)
    except PaserError as error:
        show_error(error)
        return
    st.text(words.answers(found, "this cell", "the other"))
    frame = (found.differing if only else found.table).drop(columns="task")
    columns = {
        "id": st.column_config.TextColumn("Question", width="medium"),
        "capability": st.column_config.TextColumn("Capability", width="small"),
        "answer": st.column_config.TextColumn("Answer here"),
        "score": st.column_config.NumberColumn("Right", format="%.2g", width="small"),
        "other_answer": st.column_config.TextColumn("Answer there"),
        "other_score": st.column_config.NumberColumn("Right", format="%.2g", width="small"),
    }
    frame = frame[list(columns)]
    alt = "Answers of both, question by question; right is 1"
    table(frame, file_name("answers", str(row["key"])), columns, alt, height=330)


def _others(shown: Shown, row: studies.Row) -> dict[str, str]:
    """What has answers, by key: its opponent in the same place, the models, all other cells."""
    cells, titles = shown.results.cells, shown.study.titles
    done = cells[(cells["status"] == "done") & (cells["key"] != row["key"])]
    same = np.ones(len(done), bool)
    for name in ("number", "budget", "recovery", "compression"):
        same &= np.asarray(done[name] == row[name])
    near = done[same]
    opponent = near[near["selector"] == shown.results.config.reference]
    first = [*opponent["key"], *near["key"]][:1]
    models = {
        f"{studies.MODEL}original": "the original model",
        f"{studies.MODEL}{row['compression']}": f"{row['compression']} before recovery",
    }
    others = {key: titles[key] for key in done["key"]}
    return {key: titles[key] for key in first} | models | others
