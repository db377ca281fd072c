"""What a run and a selection come to in short, for the pages; made once for all sessions."""

from __future__ import annotations

from dashboard.runs.opening import remembered
from dashboard.runs.selections import select
from paser_core.findings import Finding, findings
from paser_core.limits import LimitsConfig, Subject
from paser_core.runs import Run
from paser_core.selection import Setting


@remembered(24)
def in_short(
    run: Run, setting: Setting, names: tuple[str, ...], *, selected: bool
) -> tuple[Finding, ...]:
    """The findings, most important first.

    Args:
        run: what is looked at.
        setting: of the selection.
        names: ``(K,)`` of the clusters.
        selected: whether there is a selection; a run without models may have none.
    """
    selection = select(run, setting) if selected else None
    return findings(Subject(run, selection, setting, names, LimitsConfig.of().values))
