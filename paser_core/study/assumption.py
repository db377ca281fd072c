"""Whether what was damaged most is what recovery brings back: the assumption under the budget rule."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paser_core.study.results import Results
from paser_core.study.retained import Arm, Retained
from paser_core.study.statistics.ranks import RankCorrelation, clustered_spearman


@dataclass(frozen=True)
class Damaged:
    """Capabilities of one compression: what their samples lost, and what became of their questions."""

    compression: str
    capabilities: tuple[str, ...]  # (c,)
    damage: NDArray[np.float64]  # (c,) mean over the samples of the pool
    samples: NDArray[np.int64]  # (c,)
    lost: NDArray[np.float64]  # (c,) accuracy that the compression took
    gained: NDArray[np.float64]  # (c,) that recovery brought back, mean over seeds; NaN without one
    seeds: int
    unmatched: tuple[str, ...]  # capabilities of the tasks that no sample of the pool has


def damaged(
    results: Results,
    found: Retained,
    *,
    selector: str,
    budget: str,
    recovery: str,
    signal: str,
    aggregate: str,
) -> tuple[Damaged, ...]:
    """Damage beside loss and gain, compression by compression, for those that were evaluated.

    Args:
        results: the study.
        found: what was retained of it.
        selector: of the arms whose gain counts.
        budget: of the same.
        recovery: of the same.
        signal: of the damage.
        aggregate: over the tokens of a sample.
    """
    table = results.damage
    of_measure = table[(table["signal"] == signal) & (table["aggregate"] == aggregate)]
    told = []
    for name, before in found.compressed.items():
        own = of_measure[of_measure["compression"] == name].set_index("capability")
        known = own["damage"].to_dict()
        places = [k for k, (_, one) in enumerate(found.capabilities) if _is_number(known.get(one))]
        arm = found.of(Arm(name, selector, budget, recovery))
        after = np.full(len(before), np.nan)
        if arm is not None and len(arm.scores):
            after = arm.scores.mean(axis=0)
        names = tuple(found.capabilities[k][1] for k in places)
        told.append(
            Damaged(
                name,
                names,
                np.array([known[one] for one in names], np.float64),
                np.array([own.loc[one, "samples"] for one in names], np.int64),
                (found.original - before)[places],
                (after - before)[places],
                0 if arm is None else len(arm.keys),
                tuple(one for k, (_, one) in enumerate(found.capabilities) if k not in places),
            )
        )
    return tuple(told)


def measures(results: Results) -> dict[str, tuple[str, ...]]:
    """The aggregates that were measured, by signal; empty where the pool has no column for capabilities."""
    table = results.damage
    return {
        str(signal): tuple(dict.fromkeys(map(str, group["aggregate"])))
        for signal, group in table.groupby("signal", sort=False)
    }


def together(groups: Sequence[Damaged], figures: Sequence[NDArray[np.float64]]) -> RankCorrelation:
    """Rank correlation of damage with a figure, in the mean of the compressions' own.

    Capabilities have the same questions in every compression, so the interval counts each once.

    Args:
        groups: of several compressions.
        figures: ``(c,)`` of each of their capabilities, e.g. what it gained.
    """
    names = tuple(dict.fromkeys(name for group in groups for name in group.capabilities))
    grids = np.full((2, len(groups), len(names)), np.nan)
    for row, (group, figure) in enumerate(zip(groups, figures, strict=True)):
        places = [names.index(name) for name in group.capabilities]
        grids[:, row, places] = group.damage, figure
    return clustered_spearman(*grids, within=True)


def _is_number(value: float | None) -> bool:
    return value is not None and math.isfinite(value)
