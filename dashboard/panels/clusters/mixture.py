"""Is this cluster one thing? Its places and the heights of its damage, and the way to split it."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard import labels
from dashboard.panels.clusters import sentences as said
from dashboard.panels.clusters.split import offer
from dashboard.runs import audit, opening
from dashboard.state import focus
from dashboard.widgets.download import named
from dashboard.widgets.frame import View
from dashboard.widgets.small_table import Cell, Number, small_table
from paser_core.explain.audit import central, place_rows
from paser_core.stages.mixture import Mixture


def mark(mixture: Mixture) -> str:
    """What the table of all clusters says of one."""
    if mixture.mixed:
        return "mixed"
    return f"{len(mixture.places)} places" if mixture.scattered else ""


def warning(view: View, cluster: int) -> None:
    """What one has to know before one believes its CDS; nothing for a cluster that is one thing."""
    mixture = audit.mixtures_of(view.run, view.setting.measure)[cluster]
    if not mixture.mixed and not mixture.scattered:
        return
    told = said.mixture(mixture, labels.damage_word(view.setting))
    if mixture.mixed:
        st.warning(told, icon=":material/call_split:")
    else:
        st.info(told, icon=":material/call_split:")
    if mixture.scattered:
        _places(view, cluster, mixture)
    offer(view, cluster, len(mixture.places))


def _places(view: View, cluster: int, mixture: Mixture) -> None:
    heads = ["Place", "Samples", "Of the cluster", "In the middle of it"]
    damage = view.run.has_models
    if damage:
        heads += ["CDS", "95 % interval", "Measured"]
    lines = []
    for number, place in enumerate(mixture.places):
        rows = place_rows(view.run, cluster, number)
        example = central(view.run, rows)
        line: list[Cell] = [
            f"{number + 1}",
            Number(place.samples, labels.count(place.samples)),
            Number(100 * place.share, labels.share(place.share)),
            labels.excerpt(
                str(view.run.taken([example], "instruction")["instruction"].iloc[0]), 80
            ),
        ]
        if damage:
            line += [
                Number(place.cds, "–" if np.isnan(place.cds) else labels.score(place.cds)),
                audit.interval(place.low, place.high),
                Number(
                    place.measured,
                    f"{labels.count(place.measured)} of {labels.count(place.samples)}",
                ),
            ]
        lines.append(line)
    small_table(
        heads,
        lines,
        alt="The places of this cluster",
        texts=["In the middle of it"],
        name=named(view.run, f"places-of-{view.names[cluster]}", view.setting),
    )
    with st.container(horizontal=True):
        for number, place in enumerate(mixture.places):
            st.button(
                f"Pick place {number + 1} ({labels.count(place.samples)})",
                key=f"pick-place-{number}",
                icon=":material/select_all:",
                on_click=_pick,
                args=(view, cluster, number),
            )


def _pick(view: View, cluster: int, place: int) -> None:
    origin = labels.excerpt(f"place {place + 1} of cluster {view.names[cluster]}", 60)
    rows = place_rows(view.run, cluster, place)
    focus.link(focus.Linked(origin, opening.ids_of(view.run, rows)))
