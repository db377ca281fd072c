"""One cluster: what is in it, whether its damage is real, and who is at its edge."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dashboard import labels, palette
from dashboard.charts.clusters_within import (
    DivergenceBins,
    MembershipBins,
    divergence_figure,
    membership_figure,
)
from dashboard.charts.data import divergence_data, membership_data
from dashboard.components.lines import TextLine, text_lines
from dashboard.panels.clusters import composed
from dashboard.panels.clusters import mixture as clusters_mixture
from dashboard.panels.clusters import names as clusters_names
from dashboard.panels.clusters import sentences as said
from dashboard.panels.clusters.page import standing
from dashboard.runs import audit, opening, selections
from dashboard.state import choices, filters, focus, session
from dashboard.widgets import filter_bar, listing
from dashboard.widgets.cards import Card, cards
from dashboard.widgets.download import Offer, named
from dashboard.widgets.frame import View, go_to
from dashboard.widgets.legend import GRAY, Mark, legend
from dashboard.widgets.parts import figure
from dashboard.widgets.sample import choose
from paser_core.explain.audit import (
    EDGE,
    least_certain,
    members,
    membership_histogram,
    most_damaged,
    share_of_budget,
)
from paser_core.explain.audit import spread as divergence_spread
from paser_core.selection.measures import measure_told

_LINES = 5  # samples listed as examples
_KEY_BOX = "cluster-box"
_KEY_BELONGING = "cluster-belonging"
_ITS_SAMPLES = "Its samples"


def show(view: View, cluster: int) -> None:
    """Everything about one cluster; its damage in a second column where it was measured."""
    _head(view, cluster)
    _numbers(view, cluster)
    stable = said.stability_of(float(view.run.stability_per_cluster[cluster]))
    if stable:
        st.caption(stable)
    clusters_mixture.warning(view, cluster)
    if not view.run.has_models:
        _belonging(view, cluster)
        return
    if session.get(_KEY_BELONGING) == _ITS_SAMPLES:  # a table wants the whole width
        _belonging(view, cluster)
        _damage(view, cluster)
        return
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _belonging(view, cluster)
    with right:
        _damage(view, cluster)


def _belonging(view: View, cluster: int) -> None:
    """What holds it together, or who might belong elsewhere; only what is looked at is drawn."""
    within, edge, all_of_it = st.tabs(
        ["Is it one thing?", "Who is at its edge?", _ITS_SAMPLES],
        key=_KEY_BELONGING,
        on_change="rerun",
    )
    if edge.open:
        with edge:
            _edge(view, cluster)
    elif all_of_it.open:
        with all_of_it:
            _listed(view, cluster)
    else:
        with within:
            _content(view, cluster)


def _head(view: View, cluster: int) -> None:
    rows = members(view.run, cluster)
    st.header(labels.plain(view.names[cluster]), anchor=False)
    if view.names[cluster] != view.run.names[cluster]:
        st.caption(labels.plain(f"Automatic name: {view.run.names[cluster]}"))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        _box(view, cluster)
        st.button(
            f"Pick its {labels.plural(len(rows), 'sample')}",
            key="pick-cluster",
            icon=":material/select_all:",
            on_click=_link,
            args=(view, f"in cluster {view.names[cluster]}", rows),
            help="They stay picked on every page until you let them go.",
        )
        if st.button("Show on the map", key="map-cluster", icon=":material/scatter_plot:"):
            _link(view, f"in cluster {view.names[cluster]}", rows)
            go_to("pages/map.py")
        clusters_names.panel(view, cluster)


def _link(view: View, origin: str, rows: NDArray[np.int64]) -> None:
    focus.link(focus.Linked(labels.excerpt(origin, 60), opening.ids_of(view.run, rows)))


def _box(view: View, cluster: int) -> None:
    """The way to choose a cluster that needs no mouse."""
    choices.set_choice(_KEY_BOX, cluster)
    choices.choose_one(
        st.selectbox,
        "Cluster",
        standing(view).order.tolist(),
        label_of=lambda k: labels.excerpt(view.names[k], 60),
        key=_KEY_BOX,
        on_choose=focus.choose_cluster,
        width=250,  # with the buttons beside it, one line in a window of 1280
    )


def _numbers(view: View, cluster: int) -> None:
    found, selection = standing(view), view.selection
    size = int(found.sizes[cluster])
    shown = [
        Card("Samples", labels.count(size), f"{labels.share(size, view.run.n)} of all"),
    ]
    measured = int(found.measured[cluster])
    if measured < size:
        shown = [
            Card(
                "Measured",
                labels.some_of(measured, size),
                f"{labels.share(size, view.run.n)} of all",
            )
        ]
    if selection is not None:
        shown.insert(
            0,
            Card(
                "Share of the budget",
                labels.share(share_of_budget(selection)[cluster]),
                f"{labels.count(selection.accepted[cluster])} selected, "
                f"{labels.count(selection.rejected[cluster])} rejected",
            ),
        )
    if view.run.has_models:
        shown.insert(
            0,
            Card(
                "CDS",
                labels.damage(found.cds[cluster]),
                audit.interval(found.low[cluster], found.high[cluster]),
                labels.HELP_CDS,
            ),
        )
    else:
        shown.append(
            Card(
                "Mean membership",
                f"{found.membership[cluster]:.2f}",
                f"{labels.count(found.edge[cluster])} at its edge",
            )
        )
    for best in audit.tallies(view.run)[:1]:
        value, share = best.mostly(cluster)
        shown.append(
            Card(
                labels.plain(f"Mostly ({labels.excerpt(best.column, 20)})"),
                labels.share(share),
                labels.plain(labels.excerpt(value, 24)),
            )
        )
    cards(*shown)


def _content(view: View, cluster: int) -> None:
    st.text(" · ".join(view.run.clusters["keywords"].iloc[cluster]))
    composed.against_column(view, cluster)
    rows = members(view.run, cluster)
    st.text(said.repeats(int(audit.repeated(view.run)[rows].sum())))
    shown = audit.representatives_of(view.run, cluster)
    label = "Spread over it, each with the share of the cluster that it stands for"
    shares = [labels.share(share) for share in shown.shares]
    _lines(view, shown.rows, label, key="central", before=shares)


def _listed(view: View, cluster: int) -> None:
    """Its samples, narrowed as on every page that lists some."""
    rows = members(view.run, cluster)
    found = filter_bar.bar(view, within=rows, clusters=False)
    filters.note_listed(len(found.rows), len(rows))
    if len(rows) and not len(found.rows):
        st.info(filter_bar.NOTHING, icon=":material/filter_alt_off:")
    listing.table(view, found.rows, key="cluster-samples")


def _damage(view: View, cluster: int) -> None:
    st.subheader("Is its damage real?", anchor=False)
    found = standing(view)
    measured, size = int(found.measured[cluster]), int(found.sizes[cluster])
    if found.few[cluster]:
        st.warning(said.few(measured, size), icon=":material/warning:")
    if not measured:
        return
    divergence = selections.measured(view.run, view.setting.measure)[0]
    spread = divergence_spread(view.run, cluster, divergence)
    if not np.isnan(found.low[cluster]):
        others = [view.names[k] for k in found.order if found.overlaps[cluster, k]]
        st.text(said.overlap(others, int((~np.isnan(found.low)).sum()) - 1))
    if not found.few[cluster]:
        st.text(said.concentration(spread.half, labels.damage_word(view.setting)))
    legend(
        (Mark.SQUARE, palette.cluster_color(cluster), "This cluster"),
        (Mark.LINE, GRAY, "All samples"),
    )
    bins = DivergenceBins(
        spread.edges,
        spread.own,
        spread.all,
        float(found.cds[cluster]),
        float(found.low[cluster]),
        float(found.high[cluster]),
        palette.cluster_color(cluster),
        labels.damage_title(view.setting),
    )
    name = named(view.run, f"damage-of-{view.names[cluster]}", view.setting)
    figure(
        divergence_figure(bins),
        "cluster-divergence",
        offer=Offer(
            name,
            view.names[cluster],
            lambda: divergence_data(bins),
            ((bins.color, "this cluster"), (GRAY, "all samples (outline)")),
        ),
        alt=f"Distribution of the {measure_told(view.setting)} of its samples, with the mean, the CDS, at "
        f"{labels.score(found.cds[cluster])}.",
    )
    rows = most_damaged(view.run, cluster, divergence, _LINES)
    before = [labels.score(v) for v in divergence[rows]]
    _lines(view, rows, "Most damaged", key="damaged", before=before)


def _edge(view: View, cluster: int) -> None:
    found = standing(view)
    st.text(said.at_its_edge(int(found.edge[cluster]), int(found.sizes[cluster])))
    edges, counts = membership_histogram(view.run, cluster)
    bins = MembershipBins(edges, counts, EDGE, palette.cluster_color(cluster))
    name = named(view.run, f"membership-of-{view.names[cluster]}")
    figure(
        membership_figure(bins),
        "cluster-membership",
        offer=Offer(name, view.names[cluster], lambda: membership_data(bins)),
        alt="Its samples by membership; most have 1.",
    )
    if found.edge[cluster]:
        strength = view.run.membership
        rows = members(view.run, cluster)
        st.button(
            f"Pick the {labels.count(found.edge[cluster])} at its edge",
            key="pick-edge",
            icon=":material/select_all:",
            on_click=_link,
            args=(
                view,
                f"at the edge of cluster {view.names[cluster]}",
                rows[strength[rows] < EDGE],
            ),
        )
    least = least_certain(view.run, cluster, _LINES)
    if not len(least.rows):
        return
    notes = [
        f"{own:.2f} here, {next_:.2f} in {labels.excerpt(view.names[other], 40)}"
        for own, other, next_ in zip(least.own, least.other, least.next, strict=True)
    ]
    label = "Least certain, with their membership here and in the cluster that comes next"
    _lines(view, least.rows, label, key="uncertain", below=notes)


def _lines(
    view: View,
    rows: NDArray[np.int64],
    label: str,
    *,
    key: str,
    before: Sequence[str] = (),
    below: Sequence[str] = (),
) -> None:
    """The beginnings of samples; a click shows the whole of one."""
    samples = view.run.taken(rows, "instruction", "input")
    lines = []
    texts = samples["instruction"] + " " + samples["input"]
    for place, (row, text) in enumerate(zip(rows.tolist(), texts, strict=True)):
        lines.append(
            TextLine(
                row,
                labels.excerpt(text, 100),
                before[place] if before else "",
                below[place] if below else "",
            )
        )
    st.caption(label)
    text_lines(lines, key=f"lines-{key}", label=label, on_click=lambda row: choose(view, row))
