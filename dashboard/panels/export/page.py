"""Export: choose a format, look, build, check, download."""

from __future__ import annotations

import json
import shlex
import tempfile
from pathlib import Path

import pandas as pd
import streamlit as st

from dashboard import labels
from dashboard.runs import exports, pair, recovered
from dashboard.state import choices, pending, session
from dashboard.widgets.download import named
from dashboard.widgets.frame import View
from dashboard.widgets.parts import segments
from dashboard.widgets.small_table import Number, small_table
from paser_core.errors import PaserError
from paser_core.export import ExportConfig, ExportFormat, Part, archive, training_rows, write_export
from paser_core.report import build_report
from paser_core.selection import Selection
from paser_core.workspace.staging import DOWNLOADS, Staging, clear

_PREVIEW = 3
_TRAINERS = {
    ExportFormat.ALPACA: "LLaMA-Factory, axolotl, LLM-Pruner",
    ExportFormat.MESSAGES: "TRL, axolotl, LLaMA-Factory",
    ExportFormat.PROMPT_COMPLETION: "TRL",
    ExportFormat.SHAREGPT: "LLaMA-Factory, axolotl",
}
_PARTS = {
    Part.SCORES: "Scores and reasons",
    Part.REJECTED: "Rejected samples with evidence",
    Part.TRAINERS: "Settings for trainers",
}


def choose() -> ExportFormat:
    """The format of the training rows."""
    formats = list(ExportFormat)
    export_format: ExportFormat = segments("Format", formats, session.KEY_FORMAT, in_address=True)
    st.caption(f"Read by {_TRAINERS[export_format]}.")
    return export_format


def _left_out() -> tuple[Part, ...]:
    """The parts of the folder that are not wanted; none at first."""
    kept = choices.choose_several(
        st.pills,
        "Beside the training file",
        list(Part),
        default=list(Part),
        selection_mode="multi",
        label_of=_PARTS.__getitem__,
        key="export-parts",
    )
    without = tuple(part for part in Part if part not in kept)
    if Part.SCORES in without:
        st.caption(
            "scores.parquet then says status, rank and cluster of each sample and no more; Compare "
            "needs these."
        )
    return without


def preview(view: View, selection: Selection, export_format: ExportFormat) -> None:
    """The first rows as the trainer will see them."""
    st.header("Preview", anchor=False)
    made = training_rows(view.run, selection.rows[:_PREVIEW], export_format)
    text = "\n".join(json.dumps(row, ensure_ascii=False, indent=2) for row in made.rows)
    st.code(text or "Nothing is selected.", language=None, wrap_lines=True)


def not_carried(view: View, export_format: ExportFormat) -> None:
    """What the format cannot carry of this selection, before anything is built."""
    for notice in exports.export_notices(view.run, view.setting, export_format):
        st.warning(labels.plain(notice.text), icon=":material/info:")


def build(view: View, selection: Selection, export_format: ExportFormat) -> None:
    """Build the folder, show what was checked, offer it."""
    run = view.run
    st.header("Build and check", anchor=False)
    without = _left_out()
    export = ExportConfig(export_format, tuple(view.decided.names.items()), without)
    told = (run.fingerprint, view.setting, export)
    if st.button("Build export", icon=":material/inventory_2:"):
        try:
            clear(Path(tempfile.gettempdir()), DOWNLOADS)
            place = Staging(Path(tempfile.gettempdir()), DOWNLOADS)
        except OSError as error:
            st.error(
                f"No folder can be made for the export ({error.strerror}).", icon=":material/error:"
            )
            return
        folder = place.path / f"{run.name}-{selection.budget}"
        with st.spinner("Writing and reading back …"):
            try:
                summary = write_export(run, selection, view.setting, folder, export)
            except PaserError as error:
                place.cleanup()
                st.error(str(error), icon=":material/error:")
                return
        pending.remember_export(
            pending.PreparedExport(
                told,
                str(folder),
                summary.checks,
                tuple(notice.text for notice in summary.notices),
                tuple(summary.files.items()),
                place,
            )
        )
    ready = pending.prepared_export()
    if ready is None:
        st.caption(
            "Writes every file, reads all of them back and compares, then offers the download."
        )
        return
    if ready.setting != told:
        st.info(
            "The knobs have moved since the last export, or the choices on this page. Build it again "
            "for this selection."
        )
        return
    for sentence in ready.notices:
        st.warning(labels.plain(sentence), icon=":material/info:")
    for check in ready.checks:
        st.success(check, icon=":material/check_circle:")
    folder = Path(ready.folder)
    st.download_button(
        "Download zip",
        data=lambda: archive(folder),
        file_name=f"{folder.name}.zip",
        mime="application/zip",
        icon=":material/download:",
    )
    listed = [(name, Number(size, labels.size(size))) for name, size in ready.files]
    small_table(
        ["File", "Size"],
        listed,
        alt="Files of the export",
        name=named(run, "files", view.setting),
        data=lambda: pd.DataFrame(ready.files, columns=["File", "Bytes"]),
    )
    st.caption(
        "The same from the command line, byte for byte, with the selection.yaml of the export:"
    )
    st.code("paser select --config selection.yaml --out DIR", language="bash", wrap_lines=True)


def report(view: View) -> None:
    """The stakeholder report, written when it is asked for."""
    st.header("Report", anchor=False)
    st.caption(
        "One HTML file for those who decide and do not open this app: what was damaged, what the budget "
        "buys, what recovered models retain, the most instructive rejections, people's decisions. It "
        "needs no network."
    )
    name = f"{view.run.name}-report.html"

    def html() -> str:
        return build_report(
            view.run,
            view.selection if view.run.has_models else None,
            view.setting,
            view.decided,
            view.names,
            {card.role.lower(): card.facts for card in pair.model_cards(view.run) if card.facts},
            recovered=recovered.told_of(view.run, view.setting.measure)
            if view.run.has_models
            else None,
        )

    st.download_button(
        "Download report",
        data=html,
        file_name=name,
        mime="text/html",
        icon=":material/description:",
        key="report",
    )
    if view.selection is None:  # no export, and so no selection.yaml
        st.caption("The same from the command line:")
        command = ["paser", "report", str(view.run.path), "--out", name]
    else:
        st.caption("The same from the command line, with the selection.yaml of the export:")
        command = ["paser", "report", "--config", "selection.yaml", "--out", name]
    st.code(shlex.join(command), language="bash", wrap_lines=True)
