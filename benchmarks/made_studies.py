"""Studies whose truth is known: arms of trained models on drawn items, to try statistics on.

Most items of a capability are always right or always wrong in an arm; of some a seed decides. A seed moves
the mean of a model, and each of its capabilities. Evaluating draws nothing: whether a seed has an item right
is drawn once, with its training.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paser_core.study.statistics.arms import Given
from paser_core.study.statistics.measures import Measure
from paser_core.study.statistics.spread import Group, Spread, group_of, spread_of

Floats = NDArray[np.float64]

SIZES = np.array([65] * 11 + [64])  # 779 items of 12 capabilities
ORIGINAL = np.array([0.99, 0.97, 0.97, 0.96, 0.98, 1.0, 0.95, 0.9, 0.9, 0.9, 0.85, 0.82])
CHANCE = np.array([0.0] * 9 + [0.1, 0.2, 0.1])
GIVEN = Given(tuple(f"c{c:02d}" for c in range(12)), SIZES, ORIGINAL, CHANCE)

# Scores of recovered models by capability.
EVEN = np.array([0.97, 0.95, 0.92, 0.9, 0.88, 0.86, 0.84, 0.8, 0.75, 0.72, 0.66, 0.6])
ONE_BAD = np.array([0.97, 0.95, 0.92, 0.9, 0.88, 0.86, 0.84, 0.8, 0.75, 0.72, 0.66, 0.4])
MENDED = np.array([0.97, 0.95, 0.92, 0.9, 0.88, 0.86, 0.84, 0.8, 0.75, 0.72, 0.66, 0.55])
MANY_BAD = np.array([0.95, 0.92, 0.92, 0.9, 0.88, 0.86, 0.72, 0.7, 0.7, 0.7, 0.68, 0.66])


_TOGETHER = 100  # studies drawn at once


@dataclass(frozen=True)
class World:
    """What varies.

    Args:
        seed: s.d. of the mean score of a model over seeds.
        capability: s.d. over seeds of each capability beside it.
        item: how far the items that an arm is good at are others than those of another arm, 0 to 1.
        undecided: share of the items that a seed decides, of a capability that has half right; less where
            it has nearly all or nothing.
    """

    seed: float = 0.005
    capability: float = 0.02
    item: float = 0.0
    undecided: float = 1 / 3


WORLDS = {
    "realistic": World(),
    "seeds alike": World(seed=0.0, capability=0.0),
    "seeds far apart": World(seed=0.016),
    "other items": World(item=0.3),
    "seeds alike, other items": World(seed=0.0, capability=0.0, item=0.3),
    "items decided": World(undecided=0.05),
}


def draw_items(chance: np.random.Generator, studies: int) -> Floats:
    """How hard each item is: uniform, to be read off at the level of any arm, (studies, items)."""
    return chance.random((studies, SIZES.sum()))


def moved(
    chance: np.random.Generator, shape: tuple[int, ...], levels: Floats, world: World
) -> Floats:
    """What models really score by capability, (*shape, C): levels, moved by their seeds."""
    moves = world.seed * chance.standard_normal((*shape, 1))
    moves = moves + world.capability * chance.standard_normal((*shape, len(levels)))
    return np.clip(levels + moves, 0.0, 1.0)


def draw_arm(
    chance: np.random.Generator, hardness: Floats, levels: Floats, seeds: int, world: World
) -> Floats:
    """Right or wrong, (studies, seeds, items); its expected score by capability is that of the seed."""
    studies, items = hardness.shape
    own = chance.random((studies, items)) < world.item
    hardness = np.where(own, chance.random((studies, items)), hardness)
    level = GIVEN.per_item(levels)
    undecided = world.undecided * 2 * np.minimum(level, 1 - level)
    always = hardness < level - undecided / 2
    open_ = (hardness < level + undecided / 2) & ~always
    p = np.where(always, 1.0, np.where(open_, 0.5, 0.0))[:, None]
    reached = GIVEN.per_item(moved(chance, (studies, seeds), levels, world))
    up = p + (1 - p) * (reached - level) / np.where(level < 1, 1 - level, 1.0)
    down = p * reached / np.where(level > 0, level, 1.0)
    right = chance.random((studies, seeds, items)) < np.where(reached > level, up, down)
    return right.astype(np.float64)


def truth(measure: Measure, levels: Floats, world: World) -> float:
    """The figure of an arm on endlessly many items and seeds."""
    reached = moved(np.random.default_rng(0), (100_000,), levels, world)
    if measure is Measure.MEAN:
        return float((reached @ SIZES).mean() / SIZES.sum())
    shares = np.minimum((reached - CHANCE) / (ORIGINAL - CHANCE), 1.0)
    return float(
        (shares.mean(axis=1) if measure is Measure.RETENTION else shares.min(axis=1)).mean()
    )


@dataclass(frozen=True)
class Studied:
    """Many studies of one kind.

    Args:
        values: differences found, (studies,).
        se: standard errors.
        half: half widths of the 95 % intervals.
        p: p-values.
    """

    values: Floats
    se: Floats
    half: Floats
    p: Floats

    def rejected(self) -> float:
        """Share with p below 0.05."""
        return float((self.p < 0.05).mean())

    def covers(self, true: float) -> float:
        """Share whose interval has the truth in it."""
        return float((np.abs(self.values - true) <= self.half).mean())


@dataclass(frozen=True)
class Plan:
    """How studies are made.

    Args:
        world: what varies.
        seeds: of the first and of the second arm.
        other_world: of the second arm; None: the same.
        paired_seeds: take seeds as pairs.
        studies: how many.
        measures: by what arms are compared.
    """

    world: World = World()
    seeds: tuple[int, int] = (5, 5)
    other_world: World | None = None
    paired_seeds: bool = False
    studies: int = 2000
    measures: Sequence[Measure] = tuple(Measure)


def study_many(
    first: Sequence[Floats], second: Sequence[Floats], plan: Plan
) -> dict[Measure, Studied]:
    """Compare two arms in many studies, by each measure, as :func:`difference` compares them in one.

    Args:
        first: levels of the first arm, (C,), one per compression.
        second: of the second arm.
        plan: how the studies are made.
    """
    chance = np.random.default_rng(0)
    values: dict[Measure, list[Floats]] = {measure: [] for measure in plan.measures}
    spreads: dict[Measure, list[Spread]] = {measure: [] for measure in plan.measures}
    for _ in range(0, plan.studies, _TOGETHER):
        hardness = draw_items(chance, _TOGETHER)
        arms = [
            (
                draw_arm(chance, hardness, a, plan.seeds[0], plan.world),
                draw_arm(chance, hardness, b, plan.seeds[1], plan.other_world or plan.world),
            )
            for a, b in zip(first, second, strict=True)
        ]
        for measure in plan.measures:
            groups: list[Group] = []
            for a, b in arms:
                plus = group_of(a, measure, GIVEN, 1 / len(arms))
                minus = group_of(b, measure, GIVEN, (1 if plan.paired_seeds else -1) / len(arms))
                groups += [plus.minus(minus)] if plan.paired_seeds else [plus, minus]
            values[measure].append(
                np.sum([group.weight * group.values.mean(axis=-1) for group in groups], axis=0)
            )
            spreads[measure].append(spread_of(groups, GIVEN))
    return {
        measure: Studied(
            np.concatenate(values[measure]),
            np.concatenate([s.se for s in spreads[measure]]),
            np.concatenate([s.half(0.95) for s in spreads[measure]]),
            np.concatenate(
                [s.p(v) for s, v in zip(spreads[measure], values[measure], strict=True)]
            ),
        )
        for measure in plan.measures
    }
