"""Compare: overlap against chance, the shift of every cluster, and what the difference costs."""

from __future__ import annotations

import html
import math
from dataclasses import dataclass

import streamlit as st

from dashboard import labels, palette
from dashboard.charts.compare import shift_figure
from dashboard.charts.data import shift_data
from dashboard.panels.compare.partner import Against, choose, further
from dashboard.runs import comparisons
from dashboard.state import session
from dashboard.widgets import pinned
from dashboard.widgets.cards import Card, cards
from dashboard.widgets.download import Offer, named
from dashboard.widgets.frame import View, show_error
from dashboard.widgets.legend import GRAY, Mark, legend
from dashboard.widgets.parts import as_table, figure, table
from dashboard.widgets.small_table import Cell, Number, small_table
from paser_core.compare import LETTERS, Basis, Chance, Comparison
from paser_core.errors import PaserError
from paser_core.selection import Selection, selector_of

_NOWHERE = "(in no cluster of A)"
_FURTHER = "#666666"  # of the letters after B
_KEY_FIGURE = "shift-figure"
_SIDES_CSS = """
<style>
.sides { display: grid; grid-template-columns: max-content 1fr max-content; gap: .2rem .7rem;
  align-items: baseline; }
.sides b { display: inline-block; min-width: 1.5rem; padding: 0 .4rem; border-radius: .3rem;
  color: #fff; text-align: center; }
.sides span { overflow-wrap: anywhere; }
.sides .number { font-variant-numeric: tabular-nums; text-align: right; }
</style>
"""


@dataclass(frozen=True)
class Shown:
    """The pair on the page."""

    selection: Selection  # A
    a: comparisons.Selected
    against: Against
    compared: comparisons.Compared
    more: tuple[Against, ...]  # C and further ones
    a_names: tuple[str, ...]  # of the clusters of A

    @property
    def found(self) -> Comparison:
        """Both selections, sample by sample."""
        return self.compared.found

    @property
    def sources(self) -> tuple[comparisons.Source, ...]:
        """Of all selections, A first."""
        return (self.a, self.against.source, *(one.source for one in self.more))

    @property
    def cluster_names(self) -> tuple[tuple[str, ...], ...]:
        """Of the clusters of each."""
        return (self.a_names, self.against.names, *(one.names for one in self.more))


def open_comparison(view: View, selection: Selection) -> Shown | None:
    """The controls and the comparison they ask for; None where something is missing, which is said."""
    try:
        against = choose(view)
        more = further(view)
        if against is None:
            return None
        a = comparisons.selected(view.run, view.setting)
        compared = comparisons.compared(view.run, a, against.source, view.names, against.names)
    except PaserError as error:
        show_error(error)
        return None
    return Shown(selection, a, against, compared, more, view.names)


def needs_selection() -> None:
    """What is missing where nothing is selected."""
    st.caption(
        "There is no selection to compare. Once there is one, this page sets it beside other selectors', "
        "a pinned setting, another run or an export."
    )


def sides(view: View, shown: Shown) -> None:
    """What A and B are."""
    ours = f"Side bar: {pinned.in_words(view.setting, view.run.n)}"
    try:
        counts = [
            comparisons.chosen_by(source, names).n
            for source, names in zip(shown.sources, shown.cluster_names, strict=True)
        ]
    except PaserError as error:
        show_error(error)
        return
    told = (ours, shown.against.label, *(one.label for one in shown.more))
    colors = (palette.ONLY_A, palette.ONLY_B, *[_FURTHER] * len(shown.more))
    rows = "".join(
        f'<div><b style="background:{color}">{name}</b></div><span>{html.escape(label)}</span>'
        f'<div class="number">{labels.count(n)} selected</div>'
        for name, color, label, n in zip(LETTERS, colors, told, counts, strict=False)
    )
    st.html(f'{_SIDES_CSS}<div class="sides">{rows}</div>')


def numbers(shown: Shown) -> None:
    """The overlap, beside what chance would give, and what cannot be compared."""
    found, chance = shown.found, shown.found.chance
    apart = found.a.n + found.b.n
    by_chance = "chance cannot be told" if found.same_data else "the data sets differ"
    index = "1: the same, 0: apart"
    if chance is not None and apart:
        by_chance = f"{_give_or_take(chance)} by chance"
        index = f"{labels.score(chance.mean / (apart - chance.mean))} by chance"
    cards(
        Card(
            "In both",
            labels.count(len(found.both)),
            by_chance,
            "Chance: what two selections of these sizes share if each is drawn blindly from all "
            "samples that can be selected, with the interval that holds 95 % of such draws.",
        ),
        Card(
            "Only in A",
            labels.count(len(found.only_a)),
            f"{labels.share(len(found.only_a), found.a.n)} of A",
        ),
        Card(
            "Only in B",
            labels.count(len(found.only_b)),
            f"{labels.share(len(found.only_b), found.b.n)} of B",
        ),
        Card(
            "Jaccard index",
            labels.score(found.jaccard),
            index,
            "Samples in both, divided by samples in at least one. 1: the same, 0: nothing shared.",
        ),
    )
    st.text("\n".join(_sentences(found)))


def _give_or_take(chance: Chance) -> str:
    return f"{labels.count(chance.mean)} ± {labels.count((chance.high - chance.low) / 2)}"


def _sentences(found: Comparison) -> list[str]:
    said = [found.matched.note] if found.matched.note is not None else []
    chance, both = found.chance, len(found.both)
    if not found.a.n or not found.b.n:
        empty = " and ".join(n for n, c in (("A", found.a), ("B", found.b)) if not c.n)
        said.append(f"Nothing is selected in {empty}, so there is nothing to share.")
    elif not found.only_a and not found.only_b:
        same = "have the same ids" if found.matched.basis is Basis.IDS else "are the same"
        said.append(f"The two selections {same}. Move a knob, or compare with something else.")
    elif chance is not None:
        verdict = "what chance gives"
        if both > chance.high:
            verdict = "more than chance gives"
        elif both < chance.low:
            verdict = "fewer than chance gives: they avoid each other"
        said.append(
            f"Random selections of these sizes out of {labels.count(chance.population)} samples would "
            f"share {_give_or_take(chance)}; these share {labels.count(both)}: {verdict}."
        )
    return said + found.unmatched


def shift(view: View, shown: Shown) -> None:
    """The shares of the clusters in both; a click on a row lists its samples below."""
    st.header("Shift per cluster", anchor=False)
    if as_table("compare-view"):
        _table(view, shown)
    else:
        _figure(view, shown)


def _figure(view: View, shown: Shown) -> None:
    found = shown.found
    clusters = [found.shifts[i].cluster for i in comparisons.shift_order(found)]
    asked = session.get(session.KEY_CLUSTERS) or []
    chosen = asked[0] if len(asked) == 1 else None

    def clicked() -> None:
        points = session.get(_KEY_FIGURE).selection.points
        if points:
            cluster = clusters[points[0]["point_index"]]
            if cluster >= 0:  # no filter lists what is in no cluster of A
                session.put(session.KEY_CLUSTERS, [] if cluster == chosen else [cluster])

    legend(
        (Mark.DISC, palette.ONLY_A, "A"),
        (Mark.DIAMOND, palette.ONLY_B, "B"),
        (Mark.TICK, GRAY, "All samples that can be selected"),
    )
    rows = comparisons.shift_rows(found, _NOWHERE, chosen)
    figure(
        shift_figure(rows),
        _KEY_FIGURE,
        "Share of every cluster in A, in B and in all samples. The table beside it says the same in "
        "numbers.",
        offer=Offer(
            named(view.run, "shift", view.setting),
            f"A (disc): side bar, B (diamond): {shown.against.label}",
            lambda: shift_data(rows),
        ),
        on_select=clicked,
        selection_mode="points",
    )
    st.caption(
        "What part of each selection comes from a cluster of A: on top what A prefers, at the bottom "
        "what B prefers. Click a row to list its samples below."
    )


def _table(view: View, shown: Shown) -> None:
    number = st.column_config.NumberColumn
    columns = {
        "cluster": st.column_config.TextColumn("Cluster of A", width="medium"),
        "size": number("Samples", format="localized", help="That can be selected."),
        "a": number("In A", format="localized"),
        "b": number("In B", format="localized"),
        "both": number("In both", format="localized"),
        "share_a": number("% of A", format="%.1f"),
        "share_b": number("% of B", format="%.1f"),
        "shift": number("Shift", format="%+.1f", help="Percentage points from A to B."),
    }
    frame = comparisons.shift_frame(shown.found, _NOWHERE)
    name = named(view.run, "shift", view.setting)
    table(frame, name, columns, "Shift per cluster in numbers", key="shift")


def cost(view: View, shown: Shown) -> None:
    """What A and B are worth, by one yardstick: this run's models, clusters and concepts."""
    st.header("What the difference costs", anchor=False)
    if not view.run.has_models:
        st.caption("Tokens and damage are measured by models, and this run has none.")
        return
    a = comparisons.worth_of(view.run, view.setting, shown.a, view.names)
    b = comparisons.worth_of(view.run, view.setting, shown.against.source, shown.against.names)
    other = comparisons.selection_of(shown.against.source)
    rates = (_rate(shown.selection), _rate(other))
    k, damage = view.run.n_clusters, labels.capital(labels.damage_word(view.setting))
    known = not shown.found.unknown_to_a
    lines: list[tuple[Cell, ...]] = [
        ("Samples" if known else "Samples of this run", *(_count(w.n) for w in (a, b))),
        (f"{damage} covered", *(_share(w.covered) for w in (a, b))),
        (
            f"Mean {damage.lower()}",
            *(Number(w.divergence, labels.score(w.divergence)) for w in (a, b)),
        ),
        ("Mean response tokens", *(_tokens(w.response_tokens) for w in (a, b))),
        ("Tokens to train on", *(_count(w.tokens) for w in (a, b))),
        ("Clusters reached", *(Number(w.clusters, f"{w.clusters} of {k}") for w in (a, b))),
        ("Free of conflicts", *(_share(w.consistent) for w in (a, b))),
        ("Acceptance rate", *(_share(rate) for rate in rates)),
    ]
    small_table(
        ["Measure", "A", "B"],
        lines,
        alt="What both selections are worth",
        name=named(view.run, "worth-of-both", view.setting),
    )
    st.caption(
        f"Both by this run's models at temperature {view.setting.measure.temperature:.2f}, its "
        f"clusters and its concepts. {damage} covered: the selected samples' part of the {damage.lower()} of "
        "all samples. Free of conflicts: samples that the concept graph would let through, in the order "
        "of the selection. Acceptance rate: of the samples whose turn came; exports and selectors that do "
        "not use the graph have none."
    )


def _rate(selection: Selection | None) -> float:
    """The acceptance rate; NaN where no graph rejects any, or nothing is known of it."""
    if selection is None or not selector_of(selection.ranking.selector).graph:
        return math.nan
    return selection.acceptance_rate


def _count(number: int) -> Number:
    return Number(number, labels.count(number))


def _share(part: float) -> Number:
    """A share; the file has it as a share of one, as its lines have different units."""
    return Number(part, labels.share(part))


def _tokens(mean: float) -> Number:
    return Number(mean, "–" if math.isnan(mean) else f"{mean:.1f}")
