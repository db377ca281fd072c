"""What is compared: arms of seeds × items on the same questions, complete or counted out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats: TypeAlias = NDArray[np.float64]
Counts: TypeAlias = NDArray[np.int64]

# Scores (seeds, items), or (items,) of one model that no seed enters; a list of them: one per compression.
Arm: TypeAlias = NDArray[Any] | Sequence[NDArray[Any]]


@dataclass(frozen=True)
class Questions:
    """The items that every arm was asked, in one order.

    Args:
        capability: label of each item, (items,).
        original: scores of the original model, (items,), NaN where it was not measured. None: not known, and
            then nothing can be said of retention.
        chance: what guessing scores, by capability; 0 of one that is not named.
    """

    capability: Sequence[str]
    original: ArrayLike | None = None
    chance: Mapping[str, float] | None = None


@dataclass(frozen=True)
class LeftOut:
    """What a figure is not made of.

    Args:
        items: not measured in some seed of some arm, or of the original. All are compared on the same items.
        seeds: nothing of them was measured (a training that diverged).
        capabilities: the original is no better than chance in them, so that nothing can be retained.
    """

    items: int = 0
    seeds: int = 0
    capabilities: tuple[str, ...] = ()


@dataclass(frozen=True)
class Given:
    """What is the same for all arms, and taken as it is: no part of any interval.

    Args:
        names: capabilities, sorted, (C,).
        sizes: items of each, (C,).
        original: mean score of the original in each, (C,), or None.
        chance: what guessing scores in each, (C,).
    """

    names: tuple[str, ...]
    sizes: Counts
    original: Floats | None
    chance: Floats

    def per_capability(self, scores: Floats) -> Floats:
        """Means: (…, items) sorted by capability → (…, C)."""
        starts = np.concatenate([[0], np.cumsum(self.sizes)[:-1]])
        return np.add.reduceat(scores, starts, axis=-1) / self.sizes

    @property
    def single(self) -> tuple[str, ...]:
        """Capabilities of one item: how far their items differ cannot be seen."""
        return tuple(name for name, size in zip(self.names, self.sizes, strict=True) if size < 2)

    def per_item(self, figures: Floats) -> Floats:
        """Each item gets its capability's figure: (…, C) → (…, items)."""
        return np.repeat(figures, self.sizes, axis=-1)


@dataclass(frozen=True)
class Complete:
    """Arms on the items that all have.

    Args:
        scores: an array (seeds, items) for each arm, items sorted by capability.
        trained: whether seeds enter the arm; False of a single model, whose array has one row.
        given: what is the same for all.
        left_out: items and seeds that are not in ``scores``.
    """

    scores: tuple[Floats, ...]
    trained: tuple[bool, ...]
    given: Given
    left_out: LeftOut


def compressions(arm: Arm) -> list[Floats]:
    """The arrays of an arm, one per compression."""
    each = [arm] if isinstance(arm, np.ndarray) else list(arm)
    return [np.asarray(one, dtype=np.float64) for one in each]


def complete(
    arms: Sequence[Floats], questions: Questions, *, seeds_together: bool = False
) -> Complete:
    """Arms without what is missing: first seeds of which nothing is there, then items that one lacks.

    Args:
        arms: arrays (seeds, items) or (items,), NaN where not measured.
        questions: what the items are.
        seeds_together: arms 0 and 1, 2 and 3, … have their seeds in common: a seed that is missing in one
            is left out of both.

    Raises:
        ValueError: shapes do not fit, nothing of an arm was measured, or no item is left.
    """
    labels = np.asarray(questions.capability)
    rows = [arm.reshape(1, -1) if arm.ndim == 1 else arm for arm in arms]
    for one in rows:
        if one.ndim != 2 or one.shape[1] != len(labels):
            raise ValueError(
                f"an arm has the shape {one.shape}; (seeds, {len(labels)}) is expected, one column for each "
                "label of questions.capability"
            )
    measured = [np.asarray(~np.isnan(one).all(axis=1)) for one in rows]
    if seeds_together:
        for first, second in zip(measured[::2], measured[1::2], strict=True):
            if first.shape != second.shape:
                raise ValueError(
                    f"seeds belong together, but one arm has {len(first)} and the other {len(second)}"
                )
            first &= second
            second &= first
    there = [one[mask] for one, mask in zip(rows, measured, strict=True)]
    if not all(len(one) for one in there):
        raise ValueError("nothing was measured of an arm; leave it out of the comparison")
    known = np.all([~np.isnan(one).any(axis=0) for one in there], axis=0)
    original = None
    if questions.original is not None:
        original = np.asarray(questions.original, dtype=np.float64)
        if original.shape != labels.shape:
            raise ValueError(
                f"questions.original has the shape {original.shape}, not {labels.shape}"
            )
        known &= ~np.isnan(original)
    if not known.any():
        raise ValueError("no item was measured in every seed of every arm")
    order = np.flatnonzero(known)
    order = order[np.argsort(labels[order], kind="stable")]
    names, sizes = np.unique(labels[order], return_counts=True)
    chance = questions.chance or {}
    given = Given(
        names=tuple(str(name) for name in names),
        sizes=sizes.astype(np.int64),
        original=None,
        chance=np.array([chance.get(str(name), 0.0) for name in names]),
    )
    if original is not None:
        means = given.per_capability(original[order])
        given = Given(given.names, given.sizes, means, given.chance)
    return Complete(
        scores=tuple(one[:, order] for one in there),
        trained=tuple(arm.ndim == 2 for arm in arms),
        given=given,
        left_out=LeftOut(
            items=len(labels) - len(order), seeds=sum(map(len, rows)) - sum(map(len, there))
        ),
    )
