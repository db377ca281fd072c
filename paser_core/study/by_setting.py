"""One selector under other recoveries and budgets: the paper's Table 10, and the figures of its Fig. 2."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from paser_core.study.formatted import count, file_name, gap_of, seeds_of, spread
from paser_core.study.frames import grouped, records
from paser_core.study.summary import ALL, Summary
from paser_core.study.table import Table


def by_recovery(summary: Summary) -> Iterator[Table]:
    """The paper's Table 10: one selection, other recoveries."""
    arms = summary.arms
    for (compression, budget), part in grouped(arms, ["compression", "budget"]):
        counts = part.groupby("selector")["recovery"].nunique()
        part = part[part["selector"].isin(counts[counts > 1].index)]
        if part.empty or compression == ALL:
            continue
        yield _plain(
            part.drop(columns=["over"]),
            f"recoveries-{file_name(compression)}-{file_name(budget)}",
            f"Recoveries: {compression}, {budget}",
            ["selector", "recovery"],
            summary,
        )


def by_budget(summary: Summary) -> Iterator[Table]:
    """The figures of the paper's Fig. 2: what more data brings, and what it costs."""
    for (compression, recovery), part in grouped(summary.arms, ["compression", "recovery"]):
        counts = part.groupby("selector")["budget"].nunique()
        part = part[part["selector"].isin(counts[counts > 1].index)]
        if part.empty or compression == ALL:
            continue
        yield _plain(
            part.drop(columns=["over"]),
            f"budgets-{file_name(compression)}-{file_name(recovery)}",
            f"Budgets: {compression}, {recovery}",
            ["budget", "selector"],
            summary,
        )


def _plain(part: pd.DataFrame, name: str, title: str, by: Sequence[str], summary: Summary) -> Table:
    part = part.reset_index(drop=True)
    rows = [
        {one: str(row[one]) for one in by}
        | {
            "retention": spread(row.get("retention"), row.get("retention_sd")),
            "gap": gap_of(row, "retention"),
            "worst": spread(row.get("worst"), row.get("worst_sd")),
            "tokens": count(row.get("tokens")),
            "processor seconds": count(row.get("cpu_seconds")),
            "seeds": seeds_of(row),
        }
        for row in records(part)
    ]
    note = f"gap: mean retention less that of {summary.reference} at the same budget and recovery."
    return Table(name, title, part, pd.DataFrame(rows), notes=(note,))
