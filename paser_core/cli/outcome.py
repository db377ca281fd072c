"""What ``paser run`` and ``paser select`` end with: how many rows came through, and why others did not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paser_core.cli.terminal import say

if TYPE_CHECKING:
    from paser_core.runs import Run

_REASONS = 2  # the most frequent ones; the ledger has all


def say_counts(run: Run) -> None:
    """Rows read, invalid, measured and cut, and the most frequent reasons for what is missing.

    Raises:
        ModelError: models were given, and nothing could be measured with them.
    """
    from paser_core.errors import ModelError
    from paser_core.problems import foremost, nothing_measured, told_by_cure
    from paser_core.text import count, plural

    counts = run.counts
    parts = [f"{plural(counts.read, 'row')} read", f"{count(counts.invalid)} invalid"]
    if run.has_models:
        parts += [f"{count(counts.measured)} measured", f"{count(counts.cut)} of them cut"]
        if counts.unmeasured:
            parts.insert(2, f"{count(counts.unmeasured)} not measured")
    say(f"{run.path}: {', '.join(parts)}; {plural(counts.clusters, 'cluster')}.")
    if run.has_models and not counts.measured:
        raise ModelError(f"{run.path}: {nothing_measured(counts.read, run.reasons)}")
    shown = foremost(run.reasons, _REASONS)
    for line in told_by_cure(shown):
        say(f"  {line}")
    more = sum(reason.count for reason in run.reasons[len(shown) :])
    if more:
        say(f"  {plural(more, 'sample')} for other reasons; the ledger has them all.")
