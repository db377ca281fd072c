"""What a run and a selection come to, for the pages; made once for all sessions."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.runs.opening import remembered
from dashboard.runs.selections import select
from paser_core.findings import Finding, findings
from paser_core.limits import Checked, LimitsConfig, Subject, judge
from paser_core.runs import Run
from paser_core.selection import Setting


@dataclass(frozen=True)
class LookedAt:
    """What the report says, too."""

    findings: tuple[Finding, ...]  # the most important first
    checked: Checked  # by the limits that hold by default


@remembered(24)
def looked_at(run: Run, setting: Setting, names: tuple[str, ...], *, selected: bool) -> LookedAt:
    """Findings and limits, from one look at the run.

    Args:
        run: what is looked at.
        setting: of the selection.
        names: ``(K,)`` of the clusters.
        selected: whether there is a selection; a run without models may have none.
    """
    limits = LimitsConfig.of()
    selection = select(run, setting) if selected else None
    subject = Subject(run, selection, setting, names, limits.values)
    return LookedAt(findings(subject), judge(subject, limits))
