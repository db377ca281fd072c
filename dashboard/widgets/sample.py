"""One sample, the same on every page: texts, shaded response, scores, reason, neighbors, decisions."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import streamlit as st

from dashboard import labels
from dashboard.components.lines import TextLine, text_lines
from dashboard.runs import marks, opening, searches, selections, whatif
from dashboard.state import focus, pending, session, walks
from dashboard.widgets import decisions
from dashboard.widgets.download import named
from dashboard.widgets.drawer import drawer
from dashboard.widgets.frame import View, go_to
from dashboard.widgets.parts import button
from dashboard.widgets.sample_texts import texts
from dashboard.widgets.small_table import Cell, Number, small_table
from dashboard.widgets.steps import steps
from paser_core.explain.marked import Marked
from paser_core.explain.whatif import Counterfactual, sentences
from paser_core.runs import Sample
from paser_core.selection import Status, reason_of
from paser_core.selection.measures import measure_told


def chosen_row(view: View) -> int | None:
    """The row of the sample that is chosen."""
    chosen = focus.chosen_sample()
    return None if chosen is None else opening.row_of(view.run, chosen)


def choose(view: View, row: int | None) -> None:
    """Make a sample the chosen one, on every page and in the address."""
    focus.choose_sample(None if row is None else opening.ids_of(view.run, np.array([row]))[0])


def go_to_sample(view: View, row: int, key: str, told: str) -> None:
    """A button with the id of a sample, which makes it the chosen one; ``told``: what that is for."""
    label = labels.plain(labels.excerpt(view.run.ids[row], 40))
    button(label, key, "arrow_downward", choose, view, row, help=told)


def panel(view: View, hint: str) -> None:
    """The chosen sample; where none is chosen, the ``hint`` how to choose one, if there is one."""
    row = chosen_row(view)
    if row is None:
        if hint:
            st.caption(hint)
        return
    entry = view.run.sample(row)
    decisions.mark_seen(view, entry.id)
    with drawer():
        _steps(view, row)
        _head(view, entry)
        _reason(view, row)
        own = selections.concepts_of(view.run, view.setting.concepts).of(row)
        found = marks.marked_of(view.run, row, own)
        texts(view, entry, found)
        decisions.of_sample(view, entry)
        _scores(view, entry)
        _concepts(row, own, found)
        _neighbors(view, row)


def _steps(view: View, row: int) -> None:
    """To the samples before and after in the list of the page, and away."""
    walk = walks.walk_with(row)
    before, after = (_step_to(view, walk, row, by) for by in (-1, 1))
    steps("sample", before, after, _close)
    if walk is not None:
        st.caption(f"{walk.place(row) + 1:,} of {labels.count(len(walk.rows))} in the list")


def _step_to(view: View, walk: walks.Walk | None, row: int, by: int) -> Callable[[], None] | None:
    to = None if walk is None else walk.step(row, by)
    return None if walk is None or to is None else partial(_step, view, walk, to)


def _close() -> None:
    focus.choose_sample(None)
    walks.close()


def _step(view: View, walk: walks.Walk, row: int) -> None:
    choose(view, row)
    walk.follow(row)


def _head(view: View, entry: Sample) -> None:
    st.header("Sample", anchor=False)
    parts = [entry.id]
    if entry.cluster < 0:
        parts.append("in no cluster")
    if view.selection:
        parts.append(labels.STATUS_LABELS[view.selection.status_of(entry.row)])
    st.text("  ·  ".join(parts))
    if entry.cluster >= 0:
        name = labels.plain(labels.excerpt(view.names[entry.cluster], 60))
        told = "Show its cluster here; closed, the sample’s list is as it was."
        button(
            name,
            "cluster-of-sample",
            "category",
            focus.look_beside,
            entry.cluster,
            type="tertiary",
            help=told,
        )


def _reason(view: View, row: int) -> None:
    """Why it has its status, and what would change that, with the samples behind it one click away."""
    selection = view.selection
    if selection is None:
        if view.run.problems[row]:
            st.text(f"It cannot be used: {view.run.problems[row]}")
        return
    table = selections.conflicts_of(view.run, view.setting)
    found = whatif.fate(view.run, view.setting, row)
    rejected = found.status is Status.CONFLICT
    taken = found.status in (Status.SELECTED, Status.FORCED_IN)
    st.text(reason_of(selection, row, table.evidence(row) if rejected else None))
    if found.conflicts and found.status in (Status.CONFLICT, Status.OVER_BUDGET):
        _evidence(view, found)
    st.caption("What would change that")
    ids = view.run.ids
    question = (row, view.run.content, view.setting)
    if pending.asked_what_if() != question:
        for sentence in sentences(found, ids):
            st.text(sentence)
        tries = ["other temperatures"] if view.setting.by_temperature else []
        if found.conflicts and not taken:
            tries.append("without the samples that block it")
        if view.run.ids[row] in view.setting.forced_in + view.setting.forced_out:
            tries.append("without the decision")
        if tries:
            told = "Ranks the data again for each; seconds on a large run."
            label = f"Try {' and '.join(tries)}"
            button(label, "what-if", "science", pending.ask_what_if, question, help=told)
        return
    with st.spinner("Ranking again …"):
        tried = whatif.what_if(view.run, view.setting, row)
    for sentence in sentences(
        found,
        ids,
        blockers=tried.blockers,
        override=tried.override,
        temperatures=tried.temperatures,
    ):
        st.text(sentence)


def _evidence(view: View, found: Counterfactual) -> None:
    for number, conflict in enumerate(found.conflicts[:4]):
        pairs = ((conflict.first, conflict.first_from), (conflict.second, conflict.second_from))
        with st.container(horizontal=True, vertical_alignment="center", key=f"evidence-{number}"):
            for concept, source in pairs:
                st.text(f"“{concept}” first seen in")
                key = f"blocking-{number}-{source}-{concept}"
                told = "Show the accepted sample in which the concept was first seen."
                go_to_sample(view, source, key, told)
    more = len(found.conflicts) - 4
    if more > 0:
        st.caption(f"and {labels.plural(more, 'more pair')}.")


def _scores(view: View, entry: Sample) -> None:
    selection = view.selection
    rows: list[tuple[str, Cell]] = []
    if selection is not None:
        rank = int(selection.ranking.rank[entry.row])
        rows.append(("Rank", Number(rank, labels.count(rank)) if rank else "–"))
    if selection is not None and view.run.has_models:
        ranking = selection.ranking
        value, ies = ranking.candidates.divergence[entry.row], ranking.ies[entry.row]
        peers = (ranking.candidates.labels == entry.cluster) & ranking.candidates.usable
        better = int((ranking.ies[peers] > ies).sum())
        rows += [
            _damage(view, value),
            ("IES", Number(float(ies), labels.fine(ies))),
            (
                "Place in its cluster",
                f"{better + 1:,} of {int(peers.sum()):,} by IES"
                if ranking.candidates.usable[entry.row]
                else "–",
            ),
            ("Cost", f"{labels.plural(entry.tokens, 'token')}, squared"),
        ]
    rows.append(("Membership", Number(entry.membership, labels.score(entry.membership))))
    rows += [(name, labels.excerpt(str(value), 80)) for name, value in entry.user.items()]
    small_table(
        ["Score", "Value"],
        rows,
        alt="Scores of the sample",
        texts=["Value"],
        name=named(view.run, f"sample-{entry.id}", view.setting),
    )


def _damage(view: View, value: float) -> tuple[str, Cell]:
    if view.setting.tempered:
        told = f"{labels.fine(value)} at temperature {view.setting.temperature:.2f}"
        return "Divergence", Number(value, told)
    return "Damage", Number(value, f"{labels.fine(value)}: {measure_told(view.setting)}")


def _concepts(row: int, own: tuple[str, ...], found: Marked) -> None:
    st.caption("Concepts (click one to see it in the graph)" if own else "No concepts")
    if not own:
        return
    with st.container(horizontal=True, gap="small"):
        for place, concept in enumerate(own):
            if st.button(labels.plain(labels.excerpt(concept, 40)), key=f"concept-{row}-{place}"):
                session.put(session.KEY_CONCEPT, concept)
                go_to("pages/concepts.py")
    placed = len(own) - len(found.missing)
    told = "Underlined in the texts above, where they were read. " if placed else ""
    if found.missing:
        number = labels.plural(len(found.missing), "concept")
        names = labels.listing([f"“{labels.excerpt(name, 40)}”" for name in found.missing])
        told += f"{number} could not be placed in the texts: {names}."
    st.caption(labels.plain(told.strip()))


def _neighbors(view: View, row: int) -> None:
    if view.run.labels[row] < 0:
        return
    hits = searches.neighbors(view.run, row)
    st.caption("Most similar samples")
    texts = view.run.taken(hits.rows, "instruction")["instruction"]
    scores = [""] * len(hits.rows) if hits.scores is None else [f"{s:.2f}" for s in hits.scores]
    text_lines(
        [
            TextLine(int(near), labels.excerpt(text, 64), score)
            for near, text, score in zip(hits.rows, texts, scores, strict=True)
        ],
        key=f"near-{row}",
        label="Most similar samples",
        on_click=lambda near: choose(view, near),
    )
