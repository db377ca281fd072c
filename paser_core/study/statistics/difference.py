"""A figure of an arm, and the difference of two arms: with a 95 % interval over seeds and items."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from paser_core.study.statistics.arms import (
    Arm,
    Complete,
    LeftOut,
    Questions,
    complete,
    compressions,
)
from paser_core.study.statistics.measures import Measure, retainable
from paser_core.study.statistics.spread import NOTHING, Group, Spread, group_of, spread_of


@dataclass(frozen=True)
class Estimate:
    """A figure, mean over seeds and compressions.

    Args:
        value: the estimate that interval and p are about.
        observed: on these items, as the evaluations print it. It is ``value``, but for the worst retention:
            the least of noisy figures is too low, and ``value`` has about half of that made good.
        low: lower end of its interval; None where none can be given (:attr:`why_not`).
        high: upper end.
        se: standard error over seeds and items; None where ``low`` is.
        df: degrees of freedom of ``se``; infinite where nothing varied.
        measure: which figure.
        level: of the interval.
        items: it is made of.
        seeds: it is made of, by arm and compression, first all of the first compression; 1 of a model
            that no seed enters.
        left_out: what it is not made of.
        why_not: a sentence where there is no interval, else empty.
        spread: components of the variance; None where there is no interval.
    """

    value: float
    observed: float
    low: float | None
    high: float | None
    se: float | None
    df: float | None
    measure: Measure
    level: float
    items: int
    seeds: tuple[int, ...]
    left_out: LeftOut
    why_not: str = ""
    spread: Spread | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True)
class Difference(Estimate):
    """First arm minus second.

    Args:
        p: of a two-tailed t-test that there is none; None where there is no interval.
    """

    p: float | None = None


def estimate(
    arm: Arm, questions: Questions, measure: Measure = Measure.MEAN, *, level: float = 0.95
) -> Estimate:
    """A figure of an arm with its interval.

    The interval is about other seeds and other items of the same capabilities, as many as there are. What
    the original scores and what chance does are taken as they are.

    Args:
        arm: scores (seeds, items), NaN where not measured; a list of such arrays, one per compression, of
            which the mean is taken; (items,) of one model that no seed enters.
        questions: the items.
        measure: mean score; mean of the capabilities' retention; retention of each model's worst capability.
            The last two are figures of each seed, as an evaluation prints them, and then averaged.
        level: of the interval.

    Raises:
        ValueError: shapes do not fit, nothing was measured, or retention has no original.
    """
    each = compressions(arm)
    ready = complete(each, questions)
    groups = [
        group_of(scores, measure, ready.given, 1 / len(each), trained=trained)
        for scores, trained in zip(ready.scores, ready.trained, strict=True)
    ]
    return _estimate(groups, ready, measure, level)


def difference(
    a: Arm,
    b: Arm,
    questions: Questions,
    measure: Measure = Measure.MEAN,
    *,
    paired_seeds: bool = False,
    level: float = 0.95,
) -> Difference:
    """How much more the first arm has than the second, with interval and p.

    Both were asked the same items, so what is hard for both cancels. Seeds of a compression are
    independent of those of another.

    Args:
        a: scores (seeds, items), or a list of them, one per compression; (items,) of one model.
        b: the same of the other arm, with as many compressions; it may have other numbers of seeds.
        questions: the items.
        measure: as in :func:`estimate`.
        paired_seeds: seed s of both arms shares something (the same order of batches, the same draw).
        level: of the interval.

    Raises:
        ValueError: as in :func:`estimate`, or the arms have other numbers of compressions, or of seeds
            that belong together.
    """
    pairs = list(zip(compressions(a), compressions(b), strict=True))
    ready = complete(
        [one for pair in pairs for one in pair], questions, seeds_together=paired_seeds
    )
    groups: list[Group] = []
    for k in range(len(pairs)):
        plus, minus = (
            group_of(
                ready.scores[2 * k + j],
                measure,
                ready.given,
                sign / len(pairs),
                trained=ready.trained[2 * k + j],
            )
            for j, sign in ((0, 1), (1, -1))
        )
        groups += [plus.minus(minus)] if paired_seeds else [plus, minus]
    found = _estimate(groups, ready, measure, level)
    p = None if found.spread is None else float(found.spread.p(found.value))
    return Difference(**vars(found), p=p)


def _estimate(groups: Sequence[Group], ready: Complete, measure: Measure, level: float) -> Estimate:
    left_out = ready.left_out
    if measure is not Measure.MEAN:
        has = retainable(ready.given)
        names = zip(ready.given.names, has, strict=True)
        left_out = replace(
            left_out, capabilities=tuple(name for name, is_there in names if not is_there)
        )
    value = float(sum(group.weight * group.values.mean() for group in groups))
    found = Estimate(
        value=0.0 if abs(value) < NOTHING else value,
        observed=float(sum(group.weight * group.observed for group in groups)),
        low=None,
        high=None,
        se=None,
        df=None,
        measure=measure,
        level=level,
        items=int(ready.given.sizes.sum()),
        seeds=tuple(len(scores) for scores in ready.scores),
        left_out=left_out,
    )
    if any(group.trained and group.values.shape[-1] < 2 for group in groups):
        return replace(
            found,
            why_not="An arm has one seed: how far seeds differ cannot be seen. Run two at least.",
        )
    if single := ready.given.single:
        return replace(
            found,
            why_not=f"Only one item is there of {', '.join(single)}: how far items differ cannot be seen. "
            "Two are needed of each capability.",
        )
    spread = spread_of(groups, ready.given)
    if spread.se == 0 and found.value:
        return replace(
            found, why_not="No seed and no item differs from another: what varies cannot be seen."
        )
    half = float(spread.half(level))
    return replace(
        found,
        low=found.value - half,
        high=found.value + half,
        se=float(spread.se),
        df=float(spread.df),
        spread=spread,
    )
