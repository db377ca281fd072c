"""Logits of all kinds, small."""

from __future__ import annotations

import numpy as np


def logits(kind, rows, vocabulary, seed):
    """Rows like those of real models: flat, peaked, agreeing, disagreeing, far from zero."""
    rng = np.random.default_rng(seed)
    scale, noise, peak, offset = kind
    a = rng.standard_normal((rows, vocabulary)) * scale + offset
    a[np.arange(rows), rng.integers(vocabulary, size=rows)] += peak
    b = a + rng.standard_normal((rows, vocabulary)) * noise - offset / 2
    return a.astype(np.float32), b.astype(np.float32)


KINDS = {
    "flat": (0.1, 0.1, 0, 0),
    "usual": (2.5, 0.7, 8, -3),
    "peaked": (4, 2, 25, 0),
    "far from zero": (2, 1, 5, 60),
    "extreme": (40, 40, 0, 0),
}
