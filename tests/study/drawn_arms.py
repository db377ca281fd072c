"""Small arms on few items, drawn."""

from __future__ import annotations

import numpy as np

from paser_core.study.statistics import Questions

EXACT = {"rel": 1e-8, "abs": 1e-8}
LABELS = ["b"] * 7 + ["a"] * 5 + ["c"] * 9
CHANCE = {"a": 0.1, "c": 0.2}


def drawn(seed, *seeds, labels=LABELS):
    """Arms with so many seeds, and questions with an original that is nearly always right."""
    chance = np.random.default_rng(seed)
    hard = chance.random(len(labels))
    arms = [(chance.random((s, len(labels))) < hard).astype(float) for s in seeds]
    original = (chance.random(len(labels)) < 0.9).astype(float)
    for name in set(labels):  # right once at least in each, so that there is something to retain
        original[labels.index(name)] = 1
    return *arms, Questions(labels, original, CHANCE)
