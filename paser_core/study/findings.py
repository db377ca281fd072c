"""What became of the hypotheses, and of the assumption under the budget, as tables."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from paser_core.study.formatted import p_value, with_range
from paser_core.study.frames import records
from paser_core.study.outcomes import correlations, gained_at, lost_by, outcomes
from paser_core.study.summary import Summary
from paser_core.study.table import Table

_COLUMNS = {
    "lost, all together": "lost_together",
    "lost, within a compression": "lost",
    "gained, all together": "gained_together",
    "gained, within a compression": "gained",
}


def hypotheses(summary: Summary) -> Iterator[Table]:
    """What was expected, and what came out; nothing where nothing was expected."""
    found = outcomes(summary)
    if not found:
        return
    numbers = pd.DataFrame([vars(one) for one in found])
    texts = pd.DataFrame(
        [
            {
                "hypothesis": one.name,
                "claim": one.claim,
                "refuted by": one.refuted_by,
                "where": one.where,
                "difference": with_range(one.value, one.low, one.high),
                "p": p_value(one.p_holm),
                "outcome": one.outcome,
            }
            for one in found
        ]
    )
    yield Table(
        "hypotheses",
        "What was expected",
        numbers,
        texts,
        notes=(*summary.results.written, "p: one for all hypotheses, after Holm."),
    )


def signals(summary: Summary) -> Iterator[Table]:
    """Rank correlations of damage; nothing where the pool does not say what its samples ask for."""
    found = correlations(summary)
    if found.empty:
        return
    texts = pd.DataFrame(
        [
            {"signal": row["signal"], "aggregate": row["aggregate"]}
            | {
                title: with_range(row[name], row[f"{name}_low"], row[f"{name}_high"])
                for title, name in _COLUMNS.items()
            }
            for row in records(found)
        ]
    )
    notes = (
        "Spearman's rank correlation of the mean damage of a capability with the accuracy that the "
        f"compression cost there, and with what recovery on {summary.reference} brought back; 95 % "
        "intervals over capabilities. Within a compression: the mean of each one's own correlation; where "
        "a compression cost nearly nothing, that is noise. All together: a compression that hurts more "
        "everywhere adds to it.",
        *gained_at(summary),
        *lost_by(summary),
    )
    yield Table(
        "signals", "Does damage say what is lost, and what comes back?", found, texts, notes=notes
    )
