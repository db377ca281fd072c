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
    yield from _where_several(summary, "recovery", "budget", "Recoveries")


def by_budget(summary: Summary) -> Iterator[Table]:
    """The figures of the paper's Fig. 2: what more data brings, and what it costs."""
    yield from _where_several(summary, "budget", "recovery", "Budgets")


def _where_several(summary: Summary, varies: str, fixed: str, title: str) -> Iterator[Table]:
    """Arms of selectors with several values of a setting, for each compression and value of the other."""
    for (compression, value), part in grouped(summary.arms, ["compression", fixed]):
        counts = part.groupby("selector")[varies].nunique()
        part = part[part["selector"].isin(counts[counts > 1].index)]
        if part.empty or compression == ALL:
            continue
        name = f"{title.lower()}-{file_name(compression)}-{file_name(value)}"
        told = f"{title}: {compression}, {value}"
        by = sorted(("selector", varies), reverse=varies == "recovery")
        yield _plain(part.drop(columns=["over"]), name, told, by, summary)


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
