"""What stands beside a page: a sample, else a cluster, else what the page has of its own."""

from __future__ import annotations

from collections.abc import Callable

from dashboard.state import focus
from dashboard.widgets import cluster_beside, sample
from dashboard.widgets.frame import View


def panel(
    view: View,
    hint: str = "Click a point or a line of the table to see the whole sample here.",
    own: Callable[[], None] | None = None,
) -> None:
    """One of them in the drawer. What was opened last lies on top; closed, the one below is there again.

    Args:
        view: what is looked at.
        hint: how to choose a sample, where none is chosen.
        own: draws what the page has of its own; None: it has nothing, or nothing is chosen.
    """
    cluster = focus.beside()
    sample.panel(view, hint)
    if sample.chosen_row(view) is not None:
        return
    if cluster is not None:
        cluster_beside.panel(view, cluster)
    elif own is not None:
        own()
