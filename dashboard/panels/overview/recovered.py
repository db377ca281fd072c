"""Overview: the models that were recovered with selections of this run, and what came back."""

from __future__ import annotations

import shlex

import streamlit as st

from dashboard import labels
from dashboard.runs import recovered
from dashboard.runs.pair import model_name
from dashboard.widgets.download import named
from dashboard.widgets.frame import View
from dashboard.widgets.small_table import Part, small_table
from dashboard.widgets.starting import short
from paser_core.explain.recoveries import EVALUATION, RECOVERED
from paser_core.explain.retention_tables import MEANING, Cell

_NONE = (
    "No model has been recovered on a selection of this run yet. Start one on the page Export; it "
    "trains in the background. Or from a shell:"
)


def recovered_models(view: View) -> None:
    """What the recovered models of this run retain, in all and by capability."""
    st.header("Recovered models", anchor=False, help=MEANING)
    told = recovered.told_of(view.run, view.setting.measure)
    for sentence in told.unread:
        st.warning(labels.plain(sentence), icon=":material/warning:")
    if not told.tables:
        _nothing(view)
        return
    for sentence in told.troubles:
        st.error(labels.plain(sentence), icon=":material/trending_up:")
    for shown in told.tables:
        small_table(
            shown.heads,
            [[_cell(cell) for cell in line] for line in shown.lines],
            alt=shown.title,
            texts=shown.texts,
            name=named(view.run, shown.title, view.setting),
        )
        if shown.explained:
            st.caption(labels.plain(shown.explained))
    if not told.measured:
        _unmeasured(view)
    for note in told.notes:
        st.caption(labels.plain(note))


def _cell(cell: Cell) -> str | Part:
    return cell.said if cell.share is None else Part(cell.share, cell.said, cell.share)


def _nothing(view: View) -> None:
    st.text(_NONE)
    place = recovered.places_of(view.run)[0] / RECOVERED / "NAME"
    st.code(
        shlex.join(
            [
                "paser",
                "recover",
                short(model_name(view.run, "compressed")),
                "--data",
                "EXPORT",
                "--out",
                short(str(place)),
            ]
        ),
        language="bash",
        wrap_lines=True,
    )
    st.page_link("pages/export.py", label="Go to Export", icon=":material/download:")


def _unmeasured(view: View) -> None:
    """Nothing was measured yet: how it is."""
    st.text(
        "What came back is not known: the original model and the recovered ones have to answer the "
        "same questions. From a shell:"
    )
    place = recovered.places_of(view.run)[0]
    models = recovered.found_for(view.run).recoveries
    model = next((m for m in models if m.trouble is None), models[0])
    template = ["--template", str(view.run.config.models.template)]
    lines = [
        [model_name(view.run, "original"), str(place / "evaluations" / "original")],
        [model_name(view.run, "compressed"), str(place / "evaluations" / "compressed")],
        [str(model.path), str(model.path / EVALUATION)],
    ]
    told = [
        shlex.join(
            ["paser", "evaluate", short(name), "--tasks", "TASKS", *template, "--out", short(out)]
        )
        for name, out in lines
    ]
    st.code("\n".join(told), language="bash", wrap_lines=True)
