"""What became of the hypotheses, and whether damage says what is lost and what comes back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from paser_core.study.frames import grouped, records
from paser_core.study.hypotheses import Hypothesis
from paser_core.study.plan import points_of
from paser_core.study.statistics.counts import holm
from paser_core.study.statistics.difference import Difference
from paser_core.study.statistics.ranks import clustered_spearman
from paser_core.study.steps import ORIGINAL
from paser_core.study.summary import Summary

SUPPORTED, REFUTED, OPEN, MISSING = "supported", "refuted", "undecided", "not measured"
_LEVEL = 0.05


@dataclass(frozen=True)
class Outcome:
    """A hypothesis at one budget and recovery, and what the cells say of it."""

    name: str
    claim: str
    refuted_by: str
    where: str
    margin: float
    value: float | None  # of the difference
    low: float | None  # 95 % interval
    high: float | None
    p: float | None  # of no more than the margin, two-tailed
    p_holm: float | None
    outcome: str


def outcomes(summary: Summary) -> tuple[Outcome, ...]:
    """Every hypothesis, tested once for all: supported where the difference is above its margin and the p
    after Holm below 0.05, refuted where its interval lies at or below the margin, else undecided."""
    nowhere = "no cell of the study"
    if not summary.results.has_questions:
        nowhere = "no question of the study"
    asked = [
        (one, where, gap)
        for one in summary.results.config.hypotheses
        for where, gap in list(_gaps(summary, one)) or [(nowhere, None)]
    ]
    raw = [None if gap is None else _beyond(gap, one.margin) for one, _, gap in asked]
    found = []
    for (one, where, gap), p, adjusted in zip(asked, raw, holm(raw), strict=True):
        found.append(
            Outcome(
                name=one.name,
                claim=one.claim,
                refuted_by=one.refuted_by,
                where=where,
                margin=one.margin,
                value=None if gap is None else gap.value,
                low=None if gap is None else gap.low,
                high=None if gap is None else gap.high,
                p=p,
                p_holm=adjusted,
                outcome=_judged(gap, one.margin, adjusted),
            )
        )
    return tuple(found)


def _gaps(summary: Summary, one: Hypothesis) -> Iterator[tuple[str, Difference | None]]:
    config = summary.results.config
    if not summary.results.has_questions:
        return
    over = one.compressions or tuple(config.compressions)
    cells = {(c.budget, c.recovery) for c in points_of(config) if c.selector == one.better}
    for budget, recovery in sorted(cells, key=str):
        if one.budgets and budget not in one.budgets:
            continue
        if one.recovery is not None and recovery != one.recovery:
            continue
        where = f"{', '.join(over)}; {budget}; {recovery}"
        yield where, summary.gap(one.better, one.than, over, str(budget), recovery, one.measure)


def _beyond(gap: Difference, margin: float) -> float | None:
    """Two-tailed p that the difference is the margin."""
    if gap.spread is None:
        return None
    return float(gap.spread.p(gap.value - margin))


def _judged(gap: Difference | None, margin: float, p: float | None) -> str:
    if gap is None or gap.low is None or gap.high is None:
        return MISSING
    if gap.value > margin and p is not None and p < _LEVEL:
        return SUPPORTED
    return REFUTED if gap.high <= margin else OPEN


def correlations(summary: Summary) -> pd.DataFrame:
    """Rank correlation of damage with accuracy lost and with accuracy gained, by signal and aggregate.

    Gained: by recovery on the reference's selections at the largest budget that has them, in the mean over
    seeds. ``lost`` and ``gained`` are means of each compression's own correlation, ``_together`` ranks all
    points at once: a compression that hurts more everywhere adds to it. A row for each signal and
    aggregate; empty where the pool does not say what its samples ask for.
    """
    damage = summary.results.damage
    of_pool = set(damage["capability"])
    labels = [one for one in summary.capabilities if summary.named[one][1] in of_pool]
    names = [summary.named[one][1] for one in labels]
    compressions = [c for c in _evaluated(summary) if c in set(damage["compression"])]
    if len(names) < 3 or not compressions:
        return pd.DataFrame()
    at = [summary.capabilities.index(one) for one in labels]
    original = summary.by_capability(summary.results.of_model(ORIGINAL, summary.part))[at]
    before = np.stack(
        [summary.by_capability(summary.results.of_model(c, summary.part))[at] for c in compressions]
    )
    after = np.stack([_after(summary, c)[at] for c in compressions])
    rows = []
    for (signal, aggregate), part in grouped(damage, ["signal", "aggregate"]):
        grid = part.pivot(index="compression", columns="capability", values="damage")
        known = grid.reindex(index=compressions, columns=names).to_numpy(np.float64)
        row: dict[str, object] = {"signal": signal, "aggregate": aggregate}
        for what, figures in (("lost", original - before), ("gained", after - before)):
            for kind, within in (("", True), ("_together", False)):
                found = clustered_spearman(known, figures, within=within)
                row |= {f"{what}{kind}": found.rho, f"{what}{kind}_low": found.low}
                row[f"{what}{kind}_high"] = found.high
            row[f"{what}_points"] = found.n
        rows.append(row)
    return pd.DataFrame(rows).sort_values("lost_together", ascending=False, ignore_index=True)


def _after(summary: Summary, compression: str) -> np.ndarray:
    """``(capabilities,)`` mean scores after recovery on the reference's selections; NaN without."""
    most = _largest(summary, compression)
    if most is None:
        return np.full(len(summary.capabilities), np.nan)
    arm = summary.results.arm(
        compression, summary.reference, most["budget"], most["recovery"], summary.part
    )
    return np.asarray(summary.by_capability(arm).mean(axis=0))


def _largest(summary: Summary, compression: str) -> dict[str, Any] | None:
    """The finished cell of the reference that was trained on most; the first recovery that has one."""
    cells = summary.results.cells
    chosen = cells[
        (cells["compression"] == compression)
        & (cells["selector"] == summary.reference)
        & (cells["status"] == "done")
    ]
    return max(records(chosen), key=lambda row: row["tokens"], default=None)


def gained_at(summary: Summary) -> tuple[str, ...]:
    """Which cells say what recovery brought back, a sentence; a study may have several recoveries."""
    found = {name: _largest(summary, name) for name in _evaluated(summary)}
    told = [f"{name} {row['budget']}, {row['recovery']}" for name, row in found.items() if row]
    return (f"Brought back at: {'; '.join(told)}.",) if told else ()


def lost_by(summary: Summary) -> tuple[str, ...]:
    """What each compression cost at most, a sentence."""
    original = summary.by_capability(summary.results.of_model(ORIGINAL, summary.part))
    told = []
    for name in _evaluated(summary):
        lost = original - summary.by_capability(summary.results.of_model(name, summary.part))
        most = int(np.nanargmax(lost))
        told.append(f"{name} {100 * lost[most]:.1f} ({summary.capabilities[most]})")
    return (f"Accuracy lost at most, in points: {', '.join(told)}.",)


def _evaluated(summary: Summary) -> list[str]:
    """Compressions that were evaluated: one that failed, or that no cell asks for, costs itself only."""
    results = summary.results
    return [name for name in results.config.compressions if name in results.study["models"]]
