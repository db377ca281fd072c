"""The clusters of a run without models: how large they are, and what a selection takes of them."""

from __future__ import annotations

from dashboard import labels
from dashboard.state import focus
from dashboard.widgets.download import named
from dashboard.widgets.frame import View
from dashboard.widgets.small_table import Number, small_table


def without_damage(view: View) -> None:
    """A line for every cluster, in their own order."""
    run, selection = view.run, view.selection
    sizes, keywords = run.clusters["size"].tolist(), run.clusters["keywords"].tolist()
    taken = [] if selection is None else selection.accepted.tolist()
    small_table(
        ["Cluster", "Samples", *(["Selected"] if taken else []), "Keywords"],
        [
            [
                view.names[k],
                Number(sizes[k], labels.count(sizes[k])),
                *([Number(taken[k], labels.count(taken[k]))] if taken else []),
                ", ".join(keywords[k]),
            ]
            for k in range(run.n_clusters)
        ],
        alt="Clusters",
        texts=["Keywords"],
        name=named(run, "clusters", None if selection is None else view.setting),
        on_click=focus.look_beside,
    )
