"""How much data is enough: the marginal curves of the clusters, thinned for the screen."""

from __future__ import annotations

from dashboard.runs.opening import remembered
from dashboard.runs.selections import select
from paser_core.runs import Run
from paser_core.selection import Setting
from paser_core.selection.curves import MarginalCurves, marginal_curves

_POINTS = 60  # of a curve: a move of a slider sends all of them


@remembered(24)
def curves(run: Run, setting: Setting) -> MarginalCurves:
    """What each further sample adds, and where the budget stands."""
    return marginal_curves(select(run, setting), _POINTS)
