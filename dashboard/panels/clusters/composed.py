"""A cluster laid against one of the user's own columns: what is it made of?"""

from __future__ import annotations

import streamlit as st

from dashboard import labels
from dashboard.panels.clusters import sentences as said
from dashboard.runs import audit
from dashboard.state import choices
from dashboard.widgets.download import named
from dashboard.widgets.frame import View
from dashboard.widgets.small_table import Number, Part, small_table

_KEY_COLUMN = "cluster-column"


def against_column(view: View, cluster: int) -> None:
    """The cluster laid against one of the user's own columns."""
    tallies = audit.tallies(view.run)
    if not tallies:
        return
    by_name = {tally.column: tally for tally in tallies}
    name = tallies[0].column
    if len(tallies) > 1:
        name = choices.choose_one(
            st.selectbox, "Laid against the column", list(by_name), key=_KEY_COLUMN, width=340
        )
    tally = by_name[name]
    st.text(said.composition(tally, cluster))
    damaged = view.run.has_models
    parts = audit.composition_of(view.run, name, cluster, view.setting.measure)
    small_table(
        [
            name,
            "Measured" if damaged else "Samples",
            "Of the cluster",
            "Of the value",
            *(["CDS"] if damaged else []),
        ],
        [
            (
                labels.excerpt(part.value, 80),
                Number(
                    part.measured if damaged else part.samples,
                    labels.some_of(part.measured if damaged else part.samples, part.samples),
                ),
                Part(part.of_cluster),
                Number(100 * part.of_value, labels.share(part.of_value)),
                *([Number(part.cds, said.measured_cds(part))] if damaged else []),
            )
            for part in parts
        ],
        alt=f"The values of {name} in this cluster",
        name=named(view.run, f"{name}-in-{view.names[cluster]}", view.setting),
    )
    st.caption(
        f"Over the whole run, clusters and column agree to {tally.agreement:.2f} (normalized mutual "
        "information; 0: unrelated, 1: the same groups)."
    )
