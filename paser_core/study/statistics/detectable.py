"""The smallest difference that a study of such noise would find."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from paser_core.study.statistics.difference import Difference


def minimum_detectable_effect(
    differences: Sequence[Difference],
    *,
    seeds: int | None = None,
    items: int | None = None,
    power: float = 0.8,
    alpha: float = 0.05,
) -> float:
    """A true difference that the test of :func:`difference` would find this often.

    From the components of the variance of the comparisons that were made, averaged over these (one
    comparison alone knows the spread of few seeds badly). Seeds and items can be others: what seeds add goes
    with 1/seeds, what items add with 1/items, their noise with both. A real difference is no equal shift of
    all items: some turn from wrong to right and the others stay, which varies with the items, too.

    Args:
        differences: comparisons of the study, of one measure and one design (arms paired or not,
            number of compressions).
        seeds: of every arm; None: as many as the comparisons have.
        items: None: as many as the comparisons have.
        power: share of studies that shall find it.
        alpha: two-tailed level of the test. With m comparisons under Holm take alpha / m.

    Returns:
        In the measure's unit: 0.02 is two points.

    Raises:
        ValueError: no comparison has an interval, or they differ in measure or design.
    """
    from scipy.optimize import brentq
    from scipy.stats import nct, t

    spreads = [one.spread for one in differences if one.spread is not None]
    if not spreads:
        raise ValueError("no comparison has two seeds of every arm: the noise is not known")
    if len({(one.measure, s.weights) for one in differences if (s := one.spread)}) > 1:
        raise ValueError(
            "the comparisons differ in measure or in the number of arms and compressions"
        )
    weights = np.array(spreads[0].weights)
    # By comparison: variance of one seed's figure, and what of it goes with the items.
    units = [float((weights**2 / s.seeds).sum()) for s in spreads]
    noises = [s.noise.sum() / unit * s.items for s, unit in zip(spreads, units, strict=True)]
    nets = [(s.seed - s.noise).sum() / unit for s, unit in zip(spreads, units, strict=True)]
    owns = [(s.item - s.noise.sum()) * s.items for s in spreads]
    net, own = max(0.0, float(np.mean(nets))), max(0.0, float(np.mean(owns)))
    noise = float(np.mean(noises))
    bias = float(np.mean([s.bias * s.items for s in spreads]))

    count = items or min(s.items for s in spreads)
    number = (
        np.min([s.seeds for s in spreads], axis=0)
        if seeds is None
        else np.full(len(weights), seeds)
    )
    by_group = weights**2 / number * (net + noise / count)
    by_item = own / count + float((weights**2 / number).sum()) * noise / count
    variance = by_item + float((weights**2 / number).sum()) * net + bias / count
    item_df = count * min(s.item_df / s.items for s in spreads)
    pull = np.mean([s.pull.sum() for s in spreads])
    squares = np.mean([(s.pull**2).sum() * s.items for s in spreads]) / count

    def too_seldom(effect: float) -> float:  # found, with the right sign
        turned = min(effect / pull, 0.5) if pull else 0.0
        more = max(0.0, squares * turned * (1 - turned) - own / count)
        both = (by_group**2 / (number - 1)).sum() + (by_item + more) ** 2 / item_df
        df = (variance + more) ** 2 / float(both)
        return power - float(
            nct.sf(t.ppf(1 - alpha / 2, df), df, effect / (variance + more) ** 0.5)
        )

    if variance == 0:
        return 0.0
    high = variance**0.5
    while too_seldom(high) > 0:
        high *= 1.5
    return float(brentq(too_seldom, 0.0, high))
