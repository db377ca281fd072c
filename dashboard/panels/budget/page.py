"""Budget: damage per cluster, what the budget buys, and what a move of the knobs changes, live."""

from __future__ import annotations

import math

import streamlit as st

from dashboard import labels
from dashboard.charts.bars import budget_figure
from dashboard.charts.data import budget_data
from dashboard.runs import audit, goals, selections
from dashboard.state import filters, focus, messages, session, walks
from dashboard.widgets import (
    cluster_beside,
    cluster_table,
    filter_bar,
    listing,
    parts,
    pinned,
    rules,
)
from dashboard.widgets.cards import Card, cards
from dashboard.widgets.download import Offer, named
from dashboard.widgets.frame import View, show_error
from dashboard.widgets.picking import pick_them
from paser_core.compare.changes import changes, changes_by_cluster
from paser_core.config import GoalConfig
from paser_core.errors import PaserError
from paser_core.recover.cost import TrainingCost
from paser_core.selection import Selection, selector_of

_KEY_COUNT = "budget-count"
_KEY_SHARE = "budget-share"
_KEY_TOKENS = "budget-tokens"
_KEY_HOURS = "budget-hours"
_COLUMNS = {
    "cluster": "Cluster",
    "before": st.column_config.NumberColumn("Pinned", format="localized"),
    "now": st.column_config.NumberColumn("Now", format="localized"),
    "entered": st.column_config.NumberColumn("Enter", format="localized"),
    "left": st.column_config.NumberColumn("Leave", format="localized"),
    "change": st.column_config.NumberColumn("Change", format="%+d"),
}
_KEY_DRAWN = "_budget_drawn"  # the budget that the boxes were told last


def numbers(selection: Selection) -> None:
    """What the knobs give at the moment."""
    cards(
        Card("Budget", labels.count(selection.budget)),
        Card("Selected", labels.count(selection.n_selected)),
        *rules.graph_cards(selection),
    )


def exact(view: View, selection: Selection, cost: TrainingCost) -> None:
    """The budget typed, as a count, a share, tokens or hours to train, and the pin to compare with."""
    n, usable = view.run.n, max(int(view.run.valid.sum()), 2)
    session.put(_KEY_DRAWN, selection.budget)
    session.put(_KEY_COUNT, selection.budget)
    session.put(_KEY_SHARE, 100 * selection.budget / n)
    tokens = int(view.run.tokens[selection.rows].sum())
    session.put(_KEY_TOKENS, tokens)
    first, second, third, fourth, fifth = st.columns(
        [1, 1.35, 1.1, 1.15, 1.3], vertical_alignment="bottom"
    )
    first.number_input(
        "Budget as a count", 1, usable, key=_KEY_COUNT, on_change=_typed_count, step=10
    )
    second.number_input(
        "Budget as % of all samples",
        min(0.01, 100 / n),  # one sample
        100 * usable / n,
        key=_KEY_SHARE,
        on_change=_typed_share,
        args=(n, usable),
        step=1.0,
        format="%.2f",
        help="A share counts all samples of the data set, rounded to the nearest.",
    )
    third.number_input(
        "Budget in tokens",
        1,
        max(int(view.run.tokens.sum()), 1),
        key=_KEY_TOKENS,
        on_change=_typed_tokens,
        args=(view,),
        step=1000,
        disabled=not tokens,
        help="Prompts and responses of the selected samples, which training time goes by: the largest "
        "budget that keeps within them is taken. Without models nothing was counted.",
    )
    with fourth:
        _hours(view, tokens, cost)
    with fifth:
        pinned.button(view)


def _hours(view: View, tokens: int, cost: TrainingCost) -> None:
    """The budget in hours to train; empty where they are not known."""
    most = cost.hours(int(view.run.tokens.sum()))
    known = bool(tokens) and cost.pace is not None
    if known:
        session.put(_KEY_HOURS, cost.hours(tokens))
    else:
        session.forget(_KEY_HOURS)
    st.number_input(
        "Budget in GPU hours",
        0.0,
        most if known else None,
        "min" if known else None,
        key=_KEY_HOURS,
        on_change=_typed_hours,
        args=(view, cost),
        step=10.0 ** math.floor(math.log10(most / 20)) if known else 0.1,
        format="%.3g",
        placeholder="–",
        disabled=not known,
        help="Hours of one GPU that training on the selected samples takes: the largest budget that keeps "
        "within them is taken. How they are known stands below, and is said under Training time.",
    )


def figure(view: View, selection: Selection) -> None:
    """CDS with intervals beside seats and selected samples; without models only these."""
    if not view.run.has_models:
        cluster_table.without_damage(view)
        return
    bars = selections.bars(view.run, selection, view.setting.measure, view.names)
    alt = "CDS per cluster with 95 % interval, and samples selected per cluster"
    name = named(view.run, "budget", view.setting)
    order = audit.standing(view.run, view.setting.measure).order
    key = f"budget-figure{walks.closed() or ''}"  # closed, a cluster can be clicked again

    def picked() -> None:
        points = session.get(key).selection.points
        if points:
            focus.look_beside(int(order[points[0]["point_index"]]))

    parts.figure(
        budget_figure(bars),
        key,
        alt,
        offer=Offer(name, f"Damage and budget, {view.run.name}", lambda: budget_data(bars)),
        on_select=picked,
        selection_mode="points",
    )
    left = (
        f"Left: CDS, the mean {labels.damage_word(view.setting)} of the cluster, with its bootstrap 95 % "
        "interval. Right: "
    )
    st.caption(labels.plain(left + _right_of(selection) + " Click a row to look at its cluster."))
    cluster_beside.box(view)


def _right_of(selection: Selection) -> str:
    """What the bars on the right are, under this selector."""
    ranking = selection.ranking
    rule = selector_of(ranking.selector)
    if ranking.own is not None:
        return (
            f"what is selected, by the clusters of the run. The seats were given by "
            f"{labels.plural(ranking.own.n_clusters, 'cluster')} of the selector's own."
        )
    if ranking.weights is None:
        return "what is selected. This selector gives no seats to clusters."
    text = "the filled bar is what is selected, the outline the seats of the cluster"
    if rule.graph:
        return f"{text}; a gap is the work of the concept graph."
    return f"{text}. {rule.graph_told}"


def against_pinned(view: View, selection: Selection) -> None:
    """What enters and leaves against the pinned setting."""
    setting = pinned.setting(view)
    if setting is None:
        return
    try:
        before = selections.select(view.run, setting)
    except PaserError as error:
        show_error(error)
        return
    st.header("Against the pinned setting", anchor=False)
    st.caption(labels.plain(f"Pinned: {pinned.in_words(setting, view.run.n)}."))
    moved = changes(before, selection)
    if not len(moved.entered) and not len(moved.left):
        st.info("The two selections are the same. Move a knob to see what changes.")
        return
    cards(
        Card("Enter", labels.count(len(moved.entered))),
        Card("Leave", labels.count(len(moved.left))),
        Card("Stay", labels.count(moved.stayed)),
    )
    frame = changes_by_cluster(before, selection, view.names)
    alt = "Samples that enter and leave, by cluster"
    name = named(view.run, "changes", view.setting)
    parts.table(frame, name, _COLUMNS, alt, key="changes", height="auto")
    first = "enter" if len(moved.entered) else "leave"
    shown = ["enter", "leave"]
    which = parts.segments("List the samples that", shown, "changes-shown", default=first)
    rows = moved.left if which == "leave" else moved.entered
    if not len(rows):
        st.caption("None.")
        return
    found = filter_bar.bar(view, within=rows)
    filters.note_listed(len(found.rows), len(rows))
    if not len(found.rows):
        st.info(filter_bar.NOTHING, icon=":material/filter_alt_off:")
        return
    pick_them(view, found.rows, f"that {which}", "pick-changes")
    listing.table(view, found.rows, key=f"changes-{which}", height=320)


def _slider_moved() -> bool:
    """Whether it was the slider: the boxes then still say what they said before, as if it were typed."""
    moved: bool = session.get(session.KEY_BUDGET) != session.get(_KEY_DRAWN)
    return moved


def _typed_count() -> None:
    if _slider_moved():
        return
    session.put(session.KEY_BUDGET, int(session.get(_KEY_COUNT)))


def _typed_share(n: int, usable: int) -> None:
    if _slider_moved():
        return
    count = round(n * float(session.get(_KEY_SHARE)) / 100)
    session.put(session.KEY_BUDGET, min(max(count, 1), usable))


@messages.telling
def _typed_tokens(view: View) -> None:
    if not _slider_moved():
        _take(view, GoalConfig(tokens=int(session.get(_KEY_TOKENS))))


@messages.telling
def _typed_hours(view: View, cost: TrainingCost) -> None:
    hours = session.get(_KEY_HOURS)
    if hours is not None and not _slider_moved():
        _take(view, GoalConfig(gpu_hours=float(hours)), cost)


def _take(view: View, goal: GoalConfig, cost: TrainingCost | None = None) -> None:
    """Set the budget to the largest that keeps within a goal; where none does, say so."""
    found = goals.budget_for(view.run, view.setting, goal, view.names, cost)
    if found.budget is None:
        messages.leave(messages.Message(found.reason, is_error=True))
    else:
        session.put(session.KEY_BUDGET, found.budget)
