"""Logits with the shape of a language model's, for benchmarks of divergence.

A Zipf-like preference for frequent tokens, a part that depends on the context, and a few candidates
that stand out, as much as the row is certain. The compressed model adds noise of its own.
"""

from __future__ import annotations

import numpy as np
import torch

VOCABULARY = 32_000
# spread of the context part, height of the candidates, noise of the compressed model
KINDS = {
    "flat (uncertain, little structure)": (0.5, 2.0, 0.3),
    "usual (a few candidates)": (2.0, 10.0, 0.7),
    "certain (one token stands out)": (2.5, 22.0, 1.0),
}


def make_logits(kind: str, rows: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """``(rows, VOCABULARY)`` float32 logits of an original and a compressed model."""
    spread, height, noise = KINDS[kind]
    rng = np.random.default_rng(seed)
    frequency = -np.log(rng.permutation(VOCABULARY) + 10.0)
    original = frequency + rng.standard_normal((rows, VOCABULARY), np.float32) * spread
    for row in original:
        candidates = rng.choice(VOCABULARY, 8, replace=False)
        row[candidates] += height * rng.uniform(0.3, 1.0, 8)
    compressed = original + rng.standard_normal((rows, VOCABULARY), np.float32) * noise
    return torch.from_numpy(original.astype(np.float32)), torch.from_numpy(
        compressed.astype(np.float32)
    )
