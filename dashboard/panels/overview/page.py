"""Overview: what this run is, what became of the samples, what to look at."""

from __future__ import annotations

import html
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import labels, palette
from dashboard.runs import pair
from dashboard.state import focus
from dashboard.widgets import cluster_table, graph_precision, rules
from dashboard.widgets.cards import Card, cards
from dashboard.widgets.download import named, table_menu
from dashboard.widgets.frame import View
from dashboard.widgets.small_table import Number, Part, small_table
from paser_core.selection import Selection, selector_of

_REASONS = 3  # as many fit without hiding what follows

_FUNNEL_CSS = """
<style>
.funnel { display: grid; grid-template-columns: max-content 1fr max-content; gap: .45rem .9rem;
  align-items: center; max-width: 760px; }
.funnel .bar { height: 1.15rem; border-radius: .3rem; background: rgba(128,128,128,.14); }
.funnel .bar div { height: 100%; border-radius: .3rem; min-width: 2px; }
.funnel .number { font-variant-numeric: tabular-nums; text-align: right; }
</style>
"""


@dataclass(frozen=True)
class Step:
    """One line of the funnel."""

    label: str
    number: int
    color: str


def describe(view: View) -> None:
    """What was compared on what."""
    run = view.run
    source = run.manifest["data"]["source"].rsplit("/", 1)[-1]
    st.text(f"{run.name}: {labels.count(run.n)} samples from {source}.")
    models = pair.model_cards(run)
    for cell, card in zip(st.columns(2) if models else (), models, strict=True):
        with cell.container(border=True, height="stretch"):
            st.caption(f"{card.role} model")
            st.text(card.name)
            if card.facts:
                st.text(card.facts)
    for note in (run.manifest.get("models") or {}).get("notes", ()):
        st.text(note)


def headline(view: View) -> None:
    """The numbers one asks for first."""
    run, selection = view.run, view.selection
    n_filled = len(np.unique(run.labels[run.labels >= 0]))
    shown = [Card("Samples", labels.count(run.n)), Card("Clusters", labels.count(n_filled))]
    if selection is None:
        cards(*shown, Card("Valid samples", labels.count(int(run.valid.sum()))))
        return
    rate = rules.graph_cards(selection)[1]
    cards(
        *shown,
        Card(
            "Selected",
            labels.count(selection.n_selected),
            labels.share(selection.n_selected, run.n) + " of all",
        ),
        replace(rate, below=f"{labels.count(selection.n_rejected)} rejected")
        if rate.value != "–"
        else rate,
    )


def steps(view: View) -> list[Step]:
    """The funnel's lines."""
    run, selection = view.run, view.selection
    lines = [
        Step("Samples", run.n, palette.NONE),
        Step("In a cluster", int((run.labels >= 0).sum()), palette.CLUSTERS[5]),
    ]
    if run.has_models:
        lines.append(Step("Measured", run.counts.measured, palette.CLUSTERS[0]))
    if selection is not None:
        lines += [
            *_graph_steps(selection),
            Step("Selected", selection.n_selected, palette.CLUSTERS[2]),
        ]
    return lines


def _graph_steps(selection: Selection) -> list[Step]:
    """What the concept graph took away; nothing is said of it where it is not used."""
    if not selector_of(selection.ranking.selector).graph:
        return []
    return [
        Step("Considered", selection.n_considered, palette.CLUSTERS[12]),
        Step("Rejected (conflict)", selection.n_rejected, palette.CLUSTERS[3]),
    ]


def funnel(view: View) -> None:
    """From all samples to the selected ones."""
    st.header("From samples to selection", anchor=False)
    lines = steps(view)
    rows = "".join(
        f'<div>{html.escape(s.label)}</div><div class="bar" aria-hidden="true">'
        f'<div style="width:{100 * s.number / max(view.run.n, 1):.2f}%;background:{s.color}"></div>'
        f'</div><div class="number">{labels.count(s.number)}</div>'
        for s in lines
    )
    st.html(f'{_FUNNEL_CSS}<div class="funnel">{rows}</div>')
    table_menu(
        lambda: pd.DataFrame(
            {"Step": [s.label for s in lines], "Samples": [s.number for s in lines]}
        ),
        named(view.run, "funnel", None if view.selection is None else view.setting),
        len(lines),
        key="funnel",
    )


def verdicts(view: View) -> None:
    """How often the concept graph is right, where somebody has judged its rejections."""
    if view.selection is None or not view.decided.verdicts:
        return
    if selector_of(view.setting.selector).graph:
        graph_precision.figure(view)


def damage(view: View) -> None:
    """The clusters, most damaged first."""
    run, selection = view.run, view.selection
    sizes, keywords = run.clusters["size"].tolist(), run.clusters["keywords"].tolist()
    if not run.has_models or selection is None:
        st.header("Clusters", anchor=False)
        cluster_table.without_damage(view)
        return
    st.header("Damage by cluster", anchor=False, help=labels.HELP_CDS)
    cds, taken = selection.ranking.cds, selection.accepted
    measured = selection.ranking.sizes
    top = max(float(np.nanmax(cds, initial=0.0)), 1e-9)
    order = np.argsort(-cds, kind="stable").tolist()
    small_table(
        ["Cluster", "CDS", "Measured samples", "Selected", "Keywords"],
        [
            [
                view.names[k],
                Part(
                    float(np.nan_to_num(cds[k])) / top,
                    labels.damage(float(cds[k])),
                    float(cds[k]) if measured[k] else np.nan,
                ),
                Number(int(measured[k]), labels.some_of(int(measured[k]), sizes[k])),
                Number(int(taken[k]), labels.count(int(taken[k]))),
                ", ".join(keywords[k]),
            ]
            for k in order
        ],
        alt="Clusters with their damage",
        texts=["Keywords"],
        name=named(run, "damage", view.setting),
        on_click=lambda place: focus.look_beside(order[place]),
    )


def provenance(view: View) -> None:
    """Everything that determines the run."""
    manifest = view.run.manifest
    lines = [
        ["Run fingerprint", view.run.fingerprint],
        ["Data", str(manifest["data"]["source"])],
        ["Data sha256", str(manifest["data"]["sha256"])],
        ["Seed", str(view.run.config.seed)],
    ]
    for role in ("original", "compressed"):
        model = (manifest.get("models") or {}).get(role)
        if model:
            told = f"{model['name']} ({model['fingerprint'][:12]}…)"
            lines.append([f"{role.capitalize()} model", told])
    lines += [
        [f"Stage {name}", labels.seconds(stage["seconds"])]
        for name, stage in manifest["stages"].items()
    ]
    lines += [[name, str(version)] for name, version in manifest["versions"].items()]
    with st.expander("Provenance"):
        name = named(view.run, "provenance")
        small_table(["What", "Value"], lines, alt="Provenance", texts=["Value"], name=name)
