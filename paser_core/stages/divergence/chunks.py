"""Which samples are computed together: micro-batches of similar length, grouped into chunks.

A chunk is what the pipeline writes to disk at once, a micro-batch what a model reads at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CHUNK_TOKENS = 65_536  # seconds on a GPU, minutes to hours on two cores: what a kill may cost
WASTE = 0.05  # most padding in a micro-batch, as a share of its padded tokens


@dataclass(frozen=True)
class Chunk:
    """Samples that are computed and stored together."""

    number: int
    batches: tuple[NDArray[np.int64], ...]  # row numbers of each micro-batch, longest first

    @property
    def rows(self) -> NDArray[np.int64]:
        """``(k,)`` row numbers in the order of the batches."""
        return np.concatenate(self.batches)


def plan_chunks(
    lengths: NDArray[np.integer], batch_tokens: int, chunk_tokens: int = CHUNK_TOKENS
) -> list[Chunk]:
    """Sort samples by length, longest first, and cut.

    The longest come first so that a machine with too little memory says so at once. The plan
    depends on the arguments alone; to resume, call it with the same ones.

    Args:
        lengths: ``(n,)`` tokens per sample; rows of length 0 are left out.
        batch_tokens: most padded tokens in a micro-batch, except that it has at least one row.
        chunk_tokens: a chunk is closed once it has this many tokens.

    Returns:
        Chunks whose micro-batches have at most 5 % padding each.
    """
    order = np.argsort(-lengths, kind="stable")
    order = order[: np.count_nonzero(lengths)]
    chunks: list[Chunk] = []
    batches: list[NDArray[np.int64]] = []
    in_chunk = 0
    start = 0
    while start < order.size:
        longest = int(lengths[order[start]])
        most = max(1, batch_tokens // longest)
        # Filled with falling lengths, the waste only grows: the batch ends before it is too much.
        candidates = lengths[order[start : start + most]].astype(np.int64)
        padded = longest * np.arange(1, candidates.size + 1)
        fits = np.cumsum(candidates) >= (1.0 - WASTE) * padded
        size = candidates.size if fits.all() else int(np.argmin(fits))
        batches.append(order[start : start + size].astype(np.int64))
        in_chunk += int(candidates[:size].sum())
        start += size
        if in_chunk >= chunk_tokens:
            chunks.append(Chunk(len(chunks), tuple(batches)))
            batches, in_chunk = [], 0
    if batches:
        chunks.append(Chunk(len(chunks), tuple(batches)))
    return chunks
