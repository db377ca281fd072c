"""What the samples of a run can be narrowed by; made once for all sessions."""

from __future__ import annotations

from collections.abc import Mapping

from dashboard.runs.opening import remembered
from dashboard.runs.selections import select
from paser_core.explain.columns import Column, kinds
from paser_core.explain.facets import Facets
from paser_core.runs import Run
from paser_core.selection import Setting


@remembered(8)
def columns(run: Run) -> Mapping[str, Column]:
    """The user's columns that sort samples into kinds."""
    return kinds(run)


@remembered(12)
def facets(run: Run, setting: Setting, *, selected: bool) -> Facets:
    """By status, cluster, column and number.

    Args:
        run: whose samples.
        setting: of the selection.
        selected: whether there is a selection; a run without models may have none.
    """
    return Facets(run, select(run, setting) if selected else None, columns)
