"""Three and more selections: every two of them, what each takes against one, and what it takes alone."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from dashboard import labels
from dashboard.charts.compare import agreement_figure
from dashboard.charts.data import matrix_data
from dashboard.panels.compare.page import Shown
from dashboard.runs import opening, several, tables
from dashboard.state import choices, session
from dashboard.widgets import filter_bar
from dashboard.widgets.download import Offer, named
from dashboard.widgets.filter_bar import Narrowed
from dashboard.widgets.frame import View, show_error
from dashboard.widgets.paging import paged_table
from dashboard.widgets.parts import figure, segments, table
from dashboard.widgets.small_table import Cell, Number, small_table
from paser_core.compare import LETTERS, TERMS, Explained, Several, Term
from paser_core.errors import PaserError

_TOLD = {
    Term.SCORE: "others come first by the score of who leaves it, also with as many seats in its cluster "
    "as the taker has",
    Term.QUOTA: "with the taker's number of seats in its cluster, its turn would have come",
    Term.CONFLICT: "the concept graph rejected it",
    Term.FORCED: "people decided",
    Term.NOT_RANKED: "it was not measured, or the rule leaves it out",
    Term.UNKNOWN: "an export, or another run, says only what it takes",
    Term.MIXED: "the others differ in why",
}
_MOST = 100  # values of a column that are drawn


def panel(view: View, shown: Shown, narrowed: Narrowed) -> None:
    """Drawn where there is a third selection."""
    if not shown.more:
        return
    sources, names = shown.sources, shown.cluster_names
    letters = LETTERS[: len(sources)]
    st.header(f"All {len(sources)} side by side", anchor=False)
    try:
        found = several.several(view.run, sources, names)
    except PaserError as error:
        show_error(error)
        return
    reference = segments(
        "Reference",
        list(range(len(sources))),
        session.KEY_REFERENCE,
        label_of=letters.__getitem__,
        token_of=letters.__getitem__,
        in_address=True,
    )
    st.text(
        f"{labels.plural(found.in_all, 'sample')} in all of them, {labels.count(found.in_any)} in any."
    )
    for note in found.notes:
        st.caption(labels.plain(note))
    left, right = st.columns([2, 3], gap="medium")
    with left:
        _matrix(view, found, letters)
    with right:
        _beside(view, shown, found, reference)
    _overlaps(view, found, letters)
    _alone(view, shown, found, narrowed)
    _made_of(view, shown)


def _matrix(view: View, found: Several, letters: str) -> None:
    by_chance = found.chance_jaccard
    off = ~np.eye(len(letters), dtype=bool)
    floor = float(np.nanmean(by_chance[off])) if np.isfinite(by_chance[off]).any() else 0.0
    figure(
        agreement_figure(found.jaccard, list(letters), floor),
        "several-figure",
        "Jaccard index of every two selections. The table below it has the samples in both.",
        offer=Offer(
            named(view.run, "overlaps", view.setting),
            "Jaccard index of every two selections",
            lambda: matrix_data(found.jaccard, letters, letters, "Jaccard index"),
        ),
    )


def _overlaps(view: View, found: Several, letters: str) -> None:
    small_table(
        ["In both", *letters],
        [
            [letters[i], *(_shared(found, i, j) for j in range(len(letters)))]
            for i in range(len(letters))
        ],
        alt="Samples in both, and by chance",
        texts=letters,
        name=named(view.run, "samples-in-both", view.setting),
        data=lambda: _pairs(found, letters),
        n=len(letters) * (len(letters) - 1) // 2,
    )
    st.caption(
        "In parentheses what blind draws of these sizes share, ± half of the interval that holds 95 % of "
        "them. In the figure, dark: the same, pale: as good as chance."
    )


def _shared(found: Several, i: int, j: int) -> Cell:
    said = labels.count(int(found.shared[i, j]))
    if i != j and np.isfinite(found.chance[i, j]):
        half = (found.chance_high[i, j] - found.chance_low[i, j]) / 2
        said += f" ({labels.count(found.chance[i, j])} ± {labels.count(half)})"
    return Number(int(found.shared[i, j]), said)


def _pairs(found: Several, letters: str) -> pd.DataFrame:
    """A line for every two of them."""
    one, other = np.triu_indices(len(letters), 1)
    return pd.DataFrame(
        {
            "One": [letters[i] for i in one],
            "Other": [letters[j] for j in other],
            "Samples in both": found.shared[one, other],
            "By chance, mean": found.chance[one, other],
            "By chance, low": found.chance_low[one, other],
            "By chance, high": found.chance_high[one, other],
            "Jaccard index": found.jaccard[one, other],
            "Jaccard index by chance": found.chance_jaccard[one, other],
        }
    )


def _beside(view: View, shown: Shown, found: Several, reference: int) -> None:
    letters = LETTERS[: len(found.chosen)]
    own = letters[reference]
    lines = []
    for k, letter in enumerate(letters):
        if k != reference:
            for taker, leaver in ((k, reference), (reference, k)):
                explained = several.beside(
                    view.run, shown.sources, shown.cluster_names, taker, leaver
                )
                told = (
                    f"{letter} takes, {own} leaves"
                    if taker == k
                    else f"{own} takes, {letter} leaves"
                )
                lines.append((told, explained))
    _terms(view, f"Beside {own}", lines, f"beside-{own}")
    used = [t for t in TERMS if any(t in explained.terms for _, explained in lines)]
    st.caption("Why it is left. " + "; ".join(f"{t}: {_TOLD[t]}" for t in used) + ".")


def _terms(view: View, head: str, lines: list[tuple[str, Explained]], name: str) -> None:
    """A table of what made the difference; terms that made none have no column."""
    used = [i for i, term in enumerate(TERMS) if any(term in e.terms for _, e in lines)]
    small_table(
        [head, "Samples", *(labels.capital(TERMS[i]) for i in used)],
        [
            [
                told,
                Number(len(e.ids), labels.count(len(e.ids))),
                *(Number(e.counts[i], labels.count(e.counts[i])) for i in used),
            ]
            for told, e in lines
        ],
        alt=f"{head}: what made the difference",
        name=named(view.run, name, view.setting),
    )


def _alone(view: View, shown: Shown, found: Several, narrowed: Narrowed) -> None:
    st.subheader("Who takes what the others leave", anchor=False)
    sides = [(k, taken) for k in range(len(found.chosen)) for taken in (True, False)]
    explained = {
        (k, taken): several.alone(view.run, shown.sources, shown.cluster_names, k, taken)
        for k, taken in sides
    }
    _terms(view, "Alone", [(_side(side), explained[side]) for side in sides], "alone")
    st.caption(
        f"Taken alone: why the others leave it. Left alone: all others take it, and why this one does not. "
        f"Several: {_TOLD[Term.MIXED]}."
    )
    side = choices.choose_one(
        st.selectbox,
        "List the samples that",
        sides,
        key="several-side",
        label_of=lambda s: f"{_side(s)} ({labels.count(len(explained[s].ids))})",
        width=280,
    )
    ids, terms = explained[side].ids, explained[side].terms
    term_of = dict(zip(ids, map(str, terms), strict=True))
    rows = opening.rows_of(view.run, ids)
    if len(rows) < len(ids):
        missing = labels.plural(len(ids) - len(rows), "sample")
        st.caption(f"{missing} of other data are not listed: this run does not have them.")
    every, rows = len(rows), narrowed.of(rows)
    if not len(rows):
        st.caption(filter_bar.NOTHING if every else "None.")
        return
    if len(rows) < every:
        st.caption(f"{labels.some_of(len(rows), every)} pass the filters of this page.")
    columns = {
        "id": st.column_config.TextColumn("Id", width=150),
        "term": st.column_config.TextColumn("Left because of", width=125),
        "instruction": st.column_config.TextColumn("Instruction", width="large"),
        "cluster": st.column_config.TextColumn("Cluster", width="medium"),
    }
    paged_table(
        view,
        rows,
        partial(_frame, view, term_of),
        columns,
        key="several-list",
        height=320,
        alt="Samples that one takes alone or leaves alone",
    )


def _side(side: tuple[int, bool]) -> str:
    which, taken = side
    return f"{LETTERS[which]} {'takes' if taken else 'leaves'} alone"


def _frame(
    view: View, term_of: dict[str, str], rows: NDArray[np.int64], *, whole: bool = False
) -> pd.DataFrame:
    frame = tables.sample_frame(view.run, rows, view.names, None, whole=whole)
    frame.insert(1, "term", [term_of[identifier] for identifier in frame["id"]])
    return frame


def _made_of(view: View, shown: Shown) -> None:
    """Length and source of what each chose."""
    st.subheader("What each chose", anchor=False)
    letters = LETTERS[: len(shown.sources)]
    found = [
        several.lengths_of(view.run, s, n)
        for s, n in zip(shown.sources, shown.cluster_names, strict=True)
    ]
    small_table(
        ["Selection", "Samples", "Tokens", "Prompt, mean tokens", "Response, mean tokens",
         "Response, median tokens", "Response, mean characters"],
        [
            [
                letter,
                Number(own.n, labels.count(own.n)),
                *(
                    Number(value, "–" if np.isnan(value) else told.format(value))
                    for value, told in (
                        (own.tokens, "{:,.0f}"),
                        (own.prompt_mean, "{:.1f}"),
                        (own.response_mean, "{:.1f}"),
                        (own.response_median, "{:.1f}"),
                        (own.characters_mean, "{:.1f}"),
                    )
                ),
            ]
            for letter, own in zip(letters, found, strict=True)
        ],
        alt="How long the samples of each selection are",
        name=named(view.run, "lengths", view.setting),
    )  # fmt: skip
    lacking = [
        f"{letter}: {labels.count(one.n - own.n)}"
        for letter, one, own in zip(
            letters,
            several.several(view.run, shown.sources, shown.cluster_names).chosen,
            found,
            strict=True,
        )
        if one.n > own.n
    ]
    if lacking:
        st.caption(
            f"Selected samples that this run does not have are not counted: {', '.join(lacking)}."
        )
    columns = list(view.run.user_columns)
    if not columns:
        st.caption("The data has no columns of its own, so nothing says where samples come from.")
        return
    column = choices.choose_one(
        st.selectbox, "By the column", columns, key="several-column", width=280
    )
    frame = several.makeup_of(view.run, shown.sources, shown.cluster_names, letters, column)
    number = st.column_config.NumberColumn
    table(
        frame,
        named(view.run, f"by-{column}", view.setting),
        {
            "value": st.column_config.TextColumn(labels.plain(labels.excerpt(column, 40))),
            "all": number("All samples", format="%.1f %%"),
            **{letter: number(letter, format="%.1f %%") for letter in letters},
        },
        f"The values of {column} in every selection, in percent",
        key="several-makeup",
        height="content" if len(frame) <= 12 else 420,
        most=_MOST,
    )
    if len(frame) > _MOST:
        st.caption(
            f"The {_MOST} most frequent of {labels.count(len(frame))} values; sorting and searching in the "
            "table look at these, the download has all."
        )
