"""How far a figure would move with other seeds and other items: variance components in closed form.

A figure is D = Σ_g w_g · mean_s T_gs over groups g of seeds: an arm, or two arms whose seeds belong together;
one or two groups per compression. Items enter T_gs through its slope in each capability's mean: item i moves
it by z_gsi = slope · (score − mean of its capability) / items of its capability. With
Q(z) = Σ_c n_c/(n_c − 1) · Σ_{i in c} z_i²

    seed_g  = w_g² / S_g · var_s(T_gs)          other seeds; with what is noise of a (seed, item)
    noise_g = w_g² / (S_g (S_g − 1)) · Σ_s Q(z_gs − mean_s z_gs)     that noise, which is in both
    item    = Q(Σ_g w_g · mean_s z_gs)          other items of the same capabilities; with it, too

and item + Σ seed_g − Σ noise_g estimates var(D) without bias: the two-way clustered variance of Cameron,
Gelbach and Miller (2011). With few seeds it may fall below the items' part, or below the seeds'. No less than
the one is too careful where seeds are alike, no less than the other too bold where arms are good at other
items. So it is the mean of both, which came closest to 5 % in all that was tried (docs/statistics.md). Every
group stands in ``item`` at once, so that what is hard in every arm and compression cancels. Degrees of
freedom by Satterthwaite (1946): few of the seeds, many of the items.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from paser_core.study.statistics.arms import Floats, Given
from paser_core.study.statistics.measures import MEASURES, Measure

NOTHING = 1e-12  # a figure below it is the rounding of a sum


@dataclass(frozen=True)
class Group:
    """Seeds that are draws of one thing. Leading axes (…) are studies, where several are stacked.

    Args:
        weight: of their mean in the figure.
        values: the figure of each seed, (…, S).
        moves: what each item contributes to it, (…, S, items); they sum to 0 within a capability.
        observed: mean over seeds of what an evaluation prints, (…).
        pull: what an item moves the figure by when it turns from wrong to right, mean over seeds, (…, items).
        trained: False of one model that no seed enters.
    """

    weight: float
    values: Floats
    moves: Floats
    observed: Floats
    pull: Floats
    trained: bool = True

    def minus(self, other: Group) -> Group:
        """The difference of two groups whose seeds belong together."""
        return Group(
            self.weight,
            self.values - other.values,
            self.moves - other.moves,
            self.observed - other.observed,
            (self.pull + other.pull) / 2,
            self.trained,
        )


def group_of(
    scores: Floats, measure: Measure, given: Given, weight: float = 1.0, *, trained: bool = True
) -> Group:
    """The seeds of an arm by a measure.

    Args:
        scores: (…, S, items), sorted by capability.
        measure: figure of a seed.
        given: the items.
        weight: of the group.
        trained: whether seeds enter.
    """
    means = given.per_capability(scores)
    away = scores - given.per_item(means)
    spread = given.per_capability(away**2) * given.sizes / np.maximum(given.sizes - 1, 1)
    # All right or all wrong is not certain: half an item's worth of variance remains.
    errors = np.sqrt(np.maximum(spread, 0.5 / given.sizes) / given.sizes)
    found = MEASURES[measure](means, errors, given)
    pull = given.per_item(found.slopes / given.sizes)
    observed = found.observed.mean(axis=-1)
    return Group(weight, found.values, pull * away, observed, pull.mean(axis=-2), trained)


@dataclass(frozen=True)
class Spread:
    """Components of the variance of a figure; the module says what they are.

    Args:
        seed: by trained group, (G, …).
        noise: by trained group, (G, …).
        item: (…).
        item_df: degrees of freedom of ``item``, (…).
        bias: square of what was made good in the figure, (…).
        weights: of the trained groups, (G,).
        seeds: of the trained groups, (G,).
        items: how many.
        pull: what an item moves the figure by when it turns right, mean over groups, (…, items).
    """

    seed: Floats
    noise: Floats
    item: Floats
    item_df: Floats
    bias: Floats
    weights: tuple[float, ...]
    seeds: tuple[int, ...]
    items: int
    pull: Floats

    @property
    def variance(self) -> Floats:
        """Of the figure, (…)."""
        seed, noise = self.seed.sum(axis=0), self.noise.sum(axis=0)
        over_items = self.item + np.maximum(seed - noise, 0.0)
        over_seeds = seed + np.maximum(self.item - noise, 0.0)
        drawn = (over_items + over_seeds) / 2 if len(self.seeds) else self.item
        return np.asarray(drawn + self.bias)

    @property
    def se(self) -> Floats:
        """Standard error, (…); rounding that is left of equal sums is 0."""
        found = np.sqrt(self.variance)
        return np.asarray(np.where(found < NOTHING, 0.0, found))

    @property
    def df(self) -> Floats:
        """Degrees of freedom of the variance, (…)."""
        parts = self.item**2 / self.item_df
        for seed, seeds in zip(self.seed, self.seeds, strict=True):
            parts = parts + seed**2 / (seeds - 1)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.where(parts > 0, self.variance**2 / parts, np.inf))

    def half(self, level: float) -> Floats:
        """Half the width of an interval, (…)."""
        from scipy.stats import t

        return np.asarray(t.ppf((1 + level) / 2, self.df) * self.se)

    def p(self, value: Floats | float) -> Floats:
        """Two-tailed p of a t-test that a figure is 0, (…); 1 of one that never is anything else."""
        from scipy.stats import t

        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(
                np.where(self.se > 0, 2 * t.sf(np.abs(value) / self.se, self.df), 1.0)
            )


def spread_of(groups: Sequence[Group], given: Given) -> Spread:
    """Variance components of Σ weight · mean of values. A trained group has two seeds at least."""

    def by_capability(moves: Floats) -> Floats:  # Q of the module, not summed: (…, items) → (…, C)
        squares = given.per_capability(moves**2) * given.sizes
        return np.asarray(squares * given.sizes / (given.sizes - 1))

    together = np.sum([group.weight * group.moves.mean(axis=-2) for group in groups], axis=0)
    parts = by_capability(together)
    item = parts.sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        item_df = item**2 / (parts**2 / (given.sizes - 1)).sum(axis=-1)
    item_df = np.where(item > 0, item_df, np.inf)
    made_good = sum(g.weight * (g.values.mean(axis=-1) - g.observed) for g in groups)
    trained = [group for group in groups if group.trained]
    seed, noise = np.zeros((2, len(trained), *np.shape(item)))
    for g, group in enumerate(trained):
        share = group.weight**2 / group.values.shape[-1]
        seed[g] = share * group.values.var(axis=-1, ddof=1)
        noise[g] = share * by_capability(np.sqrt(group.moves.var(axis=-2, ddof=1))).sum(axis=-1)
    return Spread(
        seed,
        noise,
        np.asarray(item),
        np.asarray(item_df),
        np.asarray(made_good) ** 2,
        tuple(group.weight for group in trained),
        tuple(group.values.shape[-1] for group in trained),
        int(given.sizes.sum()),
        np.mean([group.pull for group in groups], axis=0),
    )
