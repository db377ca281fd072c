"""The tables of a study, in the form of the paper's: mean ± s.d. over seeds, with tests beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from paser_core.selection import Family
from paser_core.study.formatted import (
    count,
    file_name,
    gap_of,
    p_value,
    seeds_of,
    share,
    spread,
    with_range,
)
from paser_core.study.frames import grouped, records
from paser_core.study.outcomes import correlations, outcomes
from paser_core.study.plan import Plan
from paser_core.study.results import Results
from paser_core.study.statistics.detectable import minimum_detectable_effect
from paser_core.study.statistics.difference import Difference
from paser_core.study.statistics.measures import Measure
from paser_core.study.steps import ORIGINAL
from paser_core.study.summary import ALL, MEASURES, Summary
from paser_core.text import plural

_LEVEL = 0.05


@dataclass(frozen=True)
class Table:
    """One table.

    Args:
        name: of its file.
        title: what stands above it.
        numbers: for programs.
        texts: for people, as many rows.
        bold: row and column of what a test calls best.
        notes: what a reader has to know, a sentence each.
    """

    name: str
    title: str
    numbers: pd.DataFrame
    texts: pd.DataFrame
    bold: frozenset[tuple[int, str]] = frozenset()
    notes: tuple[str, ...] = field(default=())


def tables_of(results: Results, part: str = "test") -> tuple[Table, ...]:
    """Every table that the study has cells for.

    Args:
        results: of the study.
        part: of the items: ``test``, ``development`` or ``all``.
    """
    summary = Summary(results, part)
    found = [
        *selectors_of(summary),
        *_by_recovery(summary),
        *_by_budget(summary),
        *hypotheses_of(summary),
        *_signals(summary),
    ]
    return tuple(found)


def selectors_of(summary: Summary) -> Iterator[Table]:
    """The tables that set selectors beside each other."""
    yield from _by_selector(summary, "selectors", "Selectors", None)
    by_paser = replace(summary, reference="paser")
    yield from _by_selector(by_paser, "ablations", "Ablations", Family.ABLATION)
    yield from _by_selector(by_paser, "clusterings", "Clusterings", Family.CLUSTERING)


def _by_selector(summary: Summary, name: str, title: str, family: Family | None) -> Iterator[Table]:
    """Selectors beside each other: a table for each budget, recovery and set of compressions."""
    arms, plan = summary.arms, Plan(summary.results.config)
    if family is not None:
        kept = [s for s in plan.config.selectors if plan.rule(s).family is family]
        if not kept or summary.reference not in plan.config.selectors:
            return
        arms = arms[arms["selector"].isin([summary.reference, *kept])]
    for (budget, recovery), part in grouped(arms, ["budget", "recovery"]):
        for over, group in part.groupby(part["over"].map(tuple), sort=False):
            if len(group) < 2 or not (group["seeds"] > 0).any():
                continue
            where = " and ".join(over) if len(over) < 3 else f"mean of {', '.join(over)}"
            yield _table(
                summary,
                group.reset_index(drop=True),
                f"{name}-{file_name(where)}-{file_name(budget)}-{file_name(recovery)}",
                f"{title}: {where}, {budget}, {recovery}",
                over,
            )


def _table(
    summary: Summary, group: pd.DataFrame, name: str, title: str, over: Sequence[str]
) -> Table:
    models = [(ORIGINAL, [ORIGINAL]), ("compressed", list(over))]
    numbers = pd.concat(
        [pd.DataFrame([_of_models(summary, *model) for model in models]), _numbers(summary, group)],
        ignore_index=True,
    )
    texts = pd.DataFrame([_text(row, summary) for row in records(numbers)])
    return Table(name, title, numbers, texts, _bold(summary, group), _notes(summary, group))


def _of_models(summary: Summary, name: str, models: Sequence[str]) -> dict[str, Any]:
    """The figures of models that were not recovered, in the mean."""
    each = [summary.results.of_model(one, summary.part) for one in models]
    kept = np.mean([summary.retained(one) for one in each], axis=0)
    scores = np.mean([summary.by_capability(one) for one in each], axis=0)
    return {
        "selector": name,
        "score": float(np.mean([np.nanmean(one) for one in each])),
        "retention": float(np.nanmean(kept)),
        "worst": float(np.mean([np.nanmin(summary.retained(one)) for one in each])),
        "worst_capability": summary.capabilities[int(np.nanargmin(kept))],
        **dict(zip(summary.capabilities, scores.tolist(), strict=True)),
    }


def _numbers(summary: Summary, group: pd.DataFrame) -> pd.DataFrame:
    """Arms with the mean score of each capability."""
    rows = []
    for row in records(group):
        each = [one for one in summary.scores(row) if len(one)]
        if each:
            means = np.mean([summary.by_capability(one).mean(axis=0) for one in each], axis=0)
            row |= dict(zip(summary.capabilities, means.tolist(), strict=True))
        rows.append(row)
    return pd.DataFrame(rows).drop(columns=["over"])


def _text(row: Mapping[str, Any], summary: Summary) -> dict[str, str]:
    return {
        "selector": str(row["selector"]),
        "score": spread(row.get("score"), row.get("score_sd")),
        "retention": spread(row.get("retention"), row.get("retention_sd")),
        "gap": gap_of(row, "retention"),
        "p": p_value(row.get("retention_p_holm")),
        "worst": spread(row.get("worst"), row.get("worst_sd")),
        "worst gap": gap_of(row, "worst"),
        "worst p": p_value(row.get("worst_p_holm")),
        "least in": str(row.get("worst_capability") or "–"),
        **{name: share(row.get(name)) for name in summary.capabilities},
        "tokens": count(row.get("tokens")),
        "processor seconds": count(row.get("cpu_seconds")),
        "seeds": seeds_of(row),
    }


def _bold(summary: Summary, group: pd.DataFrame) -> frozenset[tuple[int, str]]:
    """The best arm of a column, where it is better than every other (Holm over these comparisons)."""
    found = set()
    rows = [(at, row) for at, row in enumerate(records(group)) if row["seeds"] > 0]
    for name, measure in MEASURES.items():
        if len(rows) < 2:
            continue
        best, row = max(rows, key=lambda one: one[1][name])
        adjusted = summary.against(row, [other for at, other in rows if at != best], measure)
        if all(p is not None and p < _LEVEL for p in adjusted):
            found.add((best + 2, name))  # below the two models
    return frozenset(found)


def _notes(summary: Summary, group: pd.DataFrame) -> tuple[str, ...]:
    items, seeds = len(summary.labels), int(group["seeds"].max())
    of = "" if summary.part == "all" else f" {summary.part}"
    said = [
        f"Mean ± standard deviation over {plural(seeds, 'seed')}, on {items:,}{of} items. Retention is "
        "the share of the original's score above chance, at most 1: its mean over capabilities, and that "
        "of each seed's worst capability.",
        f"gap: difference to {summary.reference} with its 95 % interval, items and seeds drawn; p after Holm "
        "over the rows beside each other. Bold: better than every other row by such a test.",
    ]
    gaps = [
        gap
        for row in records(group)
        if row["selector"] != summary.reference and row["seeds"] > 1
        for gap in [_gap(summary, row)]
        if gap is not None and gap.spread is not None
    ]
    if gaps:
        least = minimum_detectable_effect(gaps)
        said.append(
            f"With {items:,} items and {plural(seeds, 'seed')}, differences in mean retention under "
            f"{100 * least:.1f} points cannot be seen (80 % power, one comparison)."
        )
    lost, missing = int(group["diverged"].sum()), int(group["missing"].sum())
    if lost:
        said.append(
            f"{plural(lost, 'training')} diverged and {'is' if lost == 1 else 'are'} in no figure."
        )
    if missing:
        said.append(
            f"{plural(missing, 'cell')} of these rows {'is' if missing == 1 else 'are'} not finished."
        )
    return tuple(said)


def _gap(summary: Summary, row: Mapping[str, Any]) -> Difference | None:
    return summary.gap(
        row["selector"],
        summary.reference,
        row["over"],
        row["budget"],
        row["recovery"],
        Measure.RETENTION,
    )


def _by_recovery(summary: Summary) -> Iterator[Table]:
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


def _by_budget(summary: Summary) -> Iterator[Table]:
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


def hypotheses_of(summary: Summary) -> Iterator[Table]:
    """What was expected and what became of it; nothing where nothing was."""
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


def _signals(summary: Summary) -> Iterator[Table]:
    found = correlations(summary)
    if found.empty:
        return
    texts = pd.DataFrame(
        [
            {
                "signal": row["signal"],
                "aggregate": row["aggregate"],
                "with accuracy lost": with_range(row["lost"], row["lost_low"], row["lost_high"]),
                "with accuracy gained": with_range(
                    row["gained"], row["gained_low"], row["gained_high"]
                ),
            }
            for row in records(found)
        ]
    )
    note = (
        "Spearman's rank correlation of the mean damage of a capability with what the compression cost "
        f"there, and with what recovery on {summary.reference} brought back; 95 % intervals over "
        "capabilities, mean of the compressions' own correlations."
    )
    yield Table(
        "signals", "Does damage say what is lost, and what comes back?", found, texts, notes=(note,)
    )
