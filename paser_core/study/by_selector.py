"""Selectors beside each other: the paper's Tables 1, 4 and 12, with the tests of their differences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from paser_core.selection import Family
from paser_core.study.formatted import count, file_name, gap_of, p_value, seeds_of, share, spread
from paser_core.study.frames import grouped, records
from paser_core.study.statistics.detectable import minimum_detectable_effect
from paser_core.study.statistics.difference import Difference
from paser_core.study.statistics.measures import Measure
from paser_core.study.steps import ORIGINAL
from paser_core.study.summary import MEASURES, Summary
from paser_core.study.table import Table
from paser_core.text import plural

_LEVEL = 0.05
_HEADS = ("gap", "p", "worst gap", "worst p", "least in", "processor seconds")


def by_selector(summary: Summary, name: str, title: str, family: Family | None) -> Iterator[Table]:
    """Selectors beside each other: a table for each budget, recovery and set of compressions.

    Args:
        summary: of the study; its reference is what the others are compared with.
        name: what the files are called.
        title: what the tables are called.
        family: only these selectors beside the reference; None: all.
    """
    arms, families = summary.arms, summary.results.families
    if family is not None:
        kept = [selector for selector, known in families.items() if known is family]
        if not kept or summary.reference not in families:
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
        **dict(zip(_columns(summary), scores.tolist(), strict=True)),
    }


def _columns(summary: Summary) -> list[str]:
    """Of each capability, a heading that no other figure has: one may be called "score" or "tokens"."""
    taken = {*summary.arms.columns, *_HEADS}
    return [f"{one} (capability)" if one in taken else one for one in summary.capabilities]


def _numbers(summary: Summary, group: pd.DataFrame) -> pd.DataFrame:
    """Arms with the mean score of each capability."""
    rows = []
    for row in records(group):
        each = [one for one in summary.scores(row) if len(one)]
        if each:
            means = np.mean([summary.by_capability(one).mean(axis=0) for one in each], axis=0)
            row |= dict(zip(_columns(summary), means.tolist(), strict=True))
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
        "least in": least if isinstance(least := row.get("worst_capability"), str) else "–",
        **{name: share(row.get(name)) for name in _columns(summary)},
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
        "The worst of several noisy figures reads too low. The worst gap has about half of that made good, "
        "so it is not the difference of the two figures beside it.",
    ]
    known = [
        gap
        for row in records(group)
        if row["selector"] != summary.reference
        for gap in [_gap(summary, row)]
        if gap is not None
    ]
    said += dict.fromkeys(gap.why_not for gap in known if gap.why_not)
    if gaps := [gap for gap in known if gap.spread is not None]:
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
