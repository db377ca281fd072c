"""One cluster beside a page: how it stands, what it is about, and the way to all that is known of it."""

from __future__ import annotations

from functools import partial

import numpy as np
import streamlit as st

from dashboard import labels
from dashboard.components.lines import TextLine, text_lines
from dashboard.runs import audit, opening
from dashboard.state import focus, walks
from dashboard.state.choices import choose_one, set_choice
from dashboard.widgets.download import named
from dashboard.widgets.drawer import drawer
from dashboard.widgets.frame import View, go_to
from dashboard.widgets.parts import button
from dashboard.widgets.sample import choose
from dashboard.widgets.small_table import Cell, Number, small_table
from dashboard.widgets.steps import steps
from paser_core.explain.audit import Standing, members, share_of_budget

_KEY_BOX = "beside-box"


def box(view: View) -> None:
    """The way to a cluster that needs no mouse."""
    set_choice(_KEY_BOX, focus.beside())
    choose_one(
        st.selectbox,
        "Look at a cluster",
        audit.standing(view.run, view.setting.measure).order.tolist(),
        default=None,
        label_of=lambda k: labels.excerpt(view.names[k], 60),
        key=_KEY_BOX,
        on_choose=focus.look_beside,
        placeholder="Opens beside the page",
        width=320,
    )


def panel(view: View, cluster: int) -> None:
    """The drawer of a cluster."""
    found = audit.standing(view.run, view.setting.measure)
    order = found.order.tolist()
    place = order.index(cluster)
    with drawer():
        steps(
            "cluster",
            partial(focus.look_beside, order[place - 1]) if place else None,
            partial(focus.look_beside, order[place + 1]) if place + 1 < len(order) else None,
            _close,
        )
        by = "damage" if view.run.has_models else "size"
        st.caption(f"{place + 1:,} of {labels.plural(len(order), 'cluster')}, by {by}")
        st.header(labels.plain(view.names[cluster]), anchor=False)
        st.text(" · ".join(view.run.clusters["keywords"].iloc[cluster]))
        _doubts(view, cluster, found)
        _numbers(view, cluster, found)
        _ways(view, cluster)
        _samples(view, cluster)


def _close() -> None:
    focus.look_beside(None)
    walks.close()


def _doubts(view: View, cluster: int, found: Standing) -> None:
    """What one has to know before one believes its CDS."""
    if audit.mixtures_of(view.run, view.setting.measure)[cluster].mixed:
        st.warning("It is not one thing by damage.", icon=":material/call_split:")
    if found.few[cluster]:
        measured = labels.plural(int(found.measured[cluster]), "sample")
        st.warning(f"{measured} measured: too few to trust its CDS.", icon=":material/warning:")


def _numbers(view: View, cluster: int, found: Standing) -> None:
    size, measured = int(found.sizes[cluster]), int(found.measured[cluster])
    rows: list[tuple[str, Cell]] = [("Samples", Number(size, labels.count(size)))]
    if view.run.has_models:
        interval = audit.interval(found.low[cluster], found.high[cluster])
        cds = float(found.cds[cluster])
        rows = [
            ("CDS", Number(cds, labels.damage(cds))),
            ("95 % interval", interval),
            ("Overlaps with", labels.plural(int(found.overlaps[cluster].sum()), "cluster")),
            *rows,
            ("Measured", Number(measured, labels.some_of(measured, size))),
        ]
    if view.selection is not None:
        share = float(share_of_budget(view.selection)[cluster])
        taken, rejected = (
            int(view.selection.accepted[cluster]),
            int(view.selection.rejected[cluster]),
        )
        rows += [
            ("Share of the budget", Number(share, labels.share(share))),
            ("Selected", Number(taken, labels.count(taken))),
            ("Rejected", Number(rejected, labels.count(rejected))),
        ]
    edge = int(found.edge[cluster])
    rows.append(("At its edge", Number(edge, labels.count(edge))))
    stability = float(view.run.stability_per_cluster[cluster])
    if not np.isnan(stability):
        rows.append(("Stability", Number(stability, f"{stability:.2f}")))
    for tally in audit.tallies(view.run)[:1]:
        value, part = tally.mostly(cluster)
        rows.append(
            (
                f"Mostly ({labels.excerpt(tally.column, 20)})",
                f"{labels.excerpt(value, 40)}, {labels.share(part)}",
            )
        )
    small_table(
        ["Measure", "Value"],
        rows,
        alt="The cluster in numbers",
        texts=["Value"],
        name=named(view.run, f"cluster-{cluster}", view.setting),
    )


def _ways(view: View, cluster: int) -> None:
    """To its page, and to its samples."""
    rows = members(view.run, cluster)
    origin = labels.excerpt(f"in cluster {view.names[cluster]}", 60)
    with st.container(horizontal=True, gap="small"):
        if st.button("Open on Clusters", key="cluster-page", icon=":material/category:"):
            focus.look_beside(None)
            focus.choose_cluster(cluster)
            go_to("pages/clusters.py")
        linked = focus.Linked(origin, opening.ids_of(view.run, rows))
        told = "They stay picked on every page until you let them go."
        label = f"Pick its {labels.plural(len(rows), 'sample')}"
        button(label, "pick-beside", "select_all", focus.link, linked, help=told)


def _samples(view: View, cluster: int) -> None:
    """A few, spread over it."""
    shown = audit.representatives_of(view.run, cluster)
    if not len(shown.rows):
        return
    label = "Spread over it, each with the share of the cluster that it stands for"
    st.caption(label)
    texts = view.run.taken(shown.rows, "instruction")["instruction"]
    text_lines(
        [
            TextLine(row, labels.excerpt(text, 100), labels.share(share))
            for row, text, share in zip(shown.rows.tolist(), texts, shown.shares, strict=True)
        ],
        key=f"beside-{cluster}",
        label=label,
        on_click=lambda row: choose(view, row),
    )
