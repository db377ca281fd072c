"""What conflicts reject, in the order in which it is judged; made once for all sessions."""

from __future__ import annotations

from dashboard.runs.opening import remembered
from dashboard.runs.selections import conflicts_of, select
from paser_core.explain.precision import Rejections, by_method
from paser_core.runs import Run
from paser_core.selection import Setting


def rejections(run: Run, setting: Setting) -> Rejections:
    """The rejections of the method alone, whatever people forced."""
    return _rejections(run, by_method(setting))


@remembered(12)
def _rejections(run: Run, setting: Setting) -> Rejections:
    table = conflicts_of(run, setting)
    return Rejections.of(select(run, setting), run.ids, run.config.seed, table)
