"""Clusters side by side: damage with intervals, size, budget; as a chart and as a table."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import labels, palette
from dashboard.charts.clusters import DamageBars, damage_figure
from dashboard.charts.data import damage_data
from dashboard.panels.clusters import sentences as said
from dashboard.panels.clusters.mixture import mark
from dashboard.runs import audit
from dashboard.state import focus, session
from dashboard.widgets.download import Offer, named, table_menu, titled
from dashboard.widgets.frame import View
from dashboard.widgets.parts import as_table, figure
from paser_core.config import SelectionConfig
from paser_core.explain.audit import Standing, share_of_budget
from paser_core.selection.measures import measure_told
from paser_core.stages.scoring import FEW
from paser_core.stages.stability import UNSTABLE

_KEY_BARS = "cluster-bars"
_KEY_TABLE = "cluster-table"


def standing(view: View) -> Standing:
    """How the clusters stand by the damage of the side bar."""
    return audit.standing(view.run, view.setting.measure)


def chosen(view: View) -> int:
    """The cluster that is looked at: the one of the address, else the first that can be trusted."""
    cluster = focus.chosen_cluster()
    if cluster is not None and cluster < view.run.n_clusters:
        return cluster
    found = standing(view)
    sure = found.order[~found.few[found.order]]
    return int(sure[0] if len(sure) else found.order[0])


def overview(view: View) -> None:
    """All clusters. A click on a bar or on a line of the table chooses one."""
    st.caption(
        labels.plain(said.stability(view.run.stability, view.run.stability_per_cluster, view.names))
    )
    _corrected(view)
    _mixed(view)
    if as_table("cluster-view"):
        _table(view)
    else:
        _bars(view)


def _corrected(view: View) -> None:
    """That the clusters are not all as they were found."""
    made = view.decided.corrections
    if made:
        st.caption(
            f"Put right by people: {labels.plural(sum(c.cluster is not None for c in made), 'cluster')} "
            f"merged, {labels.plural(len({i for c in made for i in c.samples}), 'sample')} moved. The "
            "history of a cluster, under “Name and notes”, says who and why, and takes it back; a "
            "merged cluster stays in the lists, empty."
        )


def _mixed(view: View) -> None:
    """Which clusters are not one thing, before anybody reads their CDS."""
    made = audit.mixtures_of(view.run, view.setting.measure)
    names = [labels.excerpt(view.names[k], 40) for k, m in enumerate(made) if m.mixed]
    if names:
        verb = "is" if len(names) == 1 else "are"
        st.caption(
            labels.plain(
                f"{labels.plural(len(names), 'cluster')} {verb} not one thing by damage: "
                f"{labels.listing(names)}. Choose one to see its parts."
            )
        )


def _bars(view: View) -> None:
    found, selection = standing(view), view.selection
    order = found.order
    share = np.full(len(order), np.nan) if selection is None else share_of_budget(selection)
    bars = DamageBars(
        names=tuple(view.names[k] for k in order),
        colors=tuple(palette.cluster_color(int(k)) for k in order),
        sizes=found.sizes[order],
        measured_sizes=found.measured[order],
        few=found.few[order],
        cds=found.cds[order],
        low=found.low[order],
        high=found.high[order],
        share=share[order],
        chosen=int(np.flatnonzero(order == chosen(view))[0]),
        title=labels.cds_title(view.setting),
    )

    def picked() -> None:
        points = session.get(_KEY_BARS).selection.points
        if points:
            focus.choose_cluster(int(order[points[0]["point_index"]]))

    figure(
        damage_figure(bars),
        _KEY_BARS,
        offer=Offer(_name(view), "Clusters", lambda: damage_data(bars)),
        on_select=picked,
        selection_mode="points",
        alt="Bars, one per cluster: CDS with 95 % interval, samples, share of the budget. The table "
        "beside it says the same in numbers."
        if view.run.has_models
        else "Bars, one per cluster: number of samples. The table beside it says the same.",
    )
    st.caption(_legend(view, found))


def _name(view: View) -> str:
    return named(view.run, "clusters", None if view.selection is None else view.setting)


def _legend(view: View, found: Standing) -> str:
    measured, knobs = view.run.has_models, view.setting
    text = "Click a row to look at a cluster below."
    if measured:
        text = (
            f"CDS is {_cds(knobs)}; the line at its end is the bootstrap 95 % interval. "
            "Clusters whose intervals overlap are not told apart by CDS. " + text
        )
    if found.few.any() and measured:
        text += f" Hatched: fewer than {FEW} samples were measured, too few to trust."
    return text


def _cds(knobs: SelectionConfig) -> str:
    if knobs.tempered:
        return "the mean divergence of a cluster"
    return labels.plain(f"the mean over a cluster of the {measure_told(knobs)}")


def _table(view: View) -> None:
    found = standing(view)
    order = found.order.tolist()
    frame = audit.cluster_frame(view.run, found, view.names, view.selection)
    made = audit.mixtures_of(view.run, view.setting.measure)
    frame.insert(len(frame.columns) - 1, "mixture", [mark(made[k]) for k in order])
    place = order.index(chosen(view))
    # The key names what is marked, so that a choice made elsewhere is marked here too.
    key = f"{_KEY_TABLE}-{place}"

    def picked() -> None:
        # A line can be picked by its box or by any of its cells; a cell comes with its column.
        marked = session.get(key).selection
        lines = [line for line in marked.rows if line != place] + [c[0] for c in marked.cells]
        if lines:
            focus.choose_cluster(order[lines[0]])

    st.dataframe(
        frame,
        placeholder="–",
        hide_index=True,
        height="content",
        key=key,
        on_select=picked,
        selection_mode=["single-row", "single-cell"],
        selection_default={"selection": {"rows": [place]}},
        column_config=_columns(view),
        alt="Clusters in numbers",
    )
    table_menu(
        lambda: titled(_with_ends(frame, found), _columns(view)),
        _name(view),
        len(frame),
        key="clusters",
    )


def _with_ends(frame: pd.DataFrame, found: Standing) -> pd.DataFrame:
    """The table with the ends of the intervals as numbers, for those who go on with them."""
    if "interval" not in frame:
        return frame
    order, place = found.order, frame.columns.tolist().index("interval")
    taken = frame.copy()
    for name, ends in (("95 % interval, high", found.high), ("95 % interval, low", found.low)):
        taken.insert(place, name, ends[order])
    return taken.drop(columns="interval")


def _columns(view: View) -> dict[str, Any]:
    best = audit.tallies(view.run)[:1]
    number = st.column_config.NumberColumn
    return {
        "name": st.column_config.TextColumn("Cluster", width="medium"),
        "size": number("Samples", format="localized"),
        "measured": number(
            "Measured",
            format="localized",
            help="Samples behind the CDS; the others could not be measured.",
        ),
        "cds": number("CDS", format="%.3f", help=labels.HELP_CDS),
        "interval": st.column_config.TextColumn("95 % interval"),
        "overlaps": number("Overlaps", help="Clusters whose interval overlaps with this one's."),
        "share": number(
            "Budget",
            format="%.1f %%",
            help="Share of the seats; of what is selected, where there are none.",
        ),
        "selected": number("Selected", format="localized"),
        "rejected": number("Rejected", format="localized"),
        "membership": number(
            "Membership", format="%.2f", help="Mean over its samples; 1: nothing lies elsewhere."
        ),
        "stability": number(
            "Stability",
            format="%.2f",
            help="Mean Jaccard index with the cluster most alike when halves of the samples are "
            f"clustered again; below {UNSTABLE}: not found again.",
        ),
        "mixture": st.column_config.TextColumn(
            "One thing?",
            width="small",
            help="mixed: its parts differ in damage; places: parts of the manifold that do not touch.",
        ),
        "mostly": st.column_config.TextColumn(
            labels.plain(f"Mostly ({best[0].column})") if best else "Mostly", width="small"
        ),
        "keywords": st.column_config.ListColumn("Keywords", width="large"),
    }
