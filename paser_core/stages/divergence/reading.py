"""How micro-batches reach the models.

The next one is made while the models work, and one that does not fit into memory is read in halves.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeAlias, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from paser_core.errors import is_memory
from paser_core.protocols import LanguageModel, ModelPair
from paser_core.stages.divergence.chunks import Chunk
from paser_core.stages.divergence.tokens import Tokenized

SPOOL_BYTES = 2 << 30  # states kept in main memory while the models take turns

Rows: TypeAlias = NDArray[np.int64]
Batch: TypeAlias = tuple[torch.Tensor, torch.Tensor, torch.Tensor]
Pair: TypeAlias = tuple[torch.Tensor, torch.Tensor]
T = TypeVar("T")


class Reader:
    """Reads micro-batches of one chunk; what turned out not to fit is not tried again.

    Args:
        tokenized: the whole data set.
        models: the pair; they take turns where ``models.alternate``.
    """

    def __init__(self, tokenized: Tokenized, models: ModelPair) -> None:
        self.halved = 0  # micro-batches that were read in parts
        self._tokenized = tokenized
        self._models = models
        self._too_much = np.inf  # padded tokens that did not fit

    def states(self, chunk: Chunk) -> Iterator[tuple[Rows, Pair]]:
        """Rows, in the order of the chunk, with the states of the original and the compressed model.

        Raises:
            RuntimeError, MemoryError: a single sample does not fit.
        """
        original, compressed = self._models.original, self._models.compressed
        if not self._models.alternate:
            yield from self._read(
                chunk.batches, lambda batch: (original.states(*batch), compressed.states(*batch))
            )
            return
        for group in self._groups(chunk):
            # Whoever is in memory starts, so a turn costs one load and not two.
            swapped = compressed.resident and not original.resident
            first, second = (compressed, original) if swapped else (original, compressed)
            second.release()
            spooled = deque(self._read(group, partial(_spooled, first)))
            first.release()
            while spooled:
                rows, ours = spooled.popleft()
                for part, theirs in self._read([rows], partial(_states, second)):
                    mine, ours = ours[: len(theirs)].to(theirs.device), ours[len(theirs) :]
                    yield part, (theirs, mine) if swapped else (mine, theirs)

    def _read(
        self, batches: Sequence[Rows], model: Callable[[Batch], T]
    ) -> Iterator[tuple[Rows, T]]:
        """What ``model`` makes of each, or of its parts."""
        with ThreadPoolExecutor(1) as ahead:
            following = ahead.submit(batch_of, batches[0], self._tokenized) if batches else None
            for number, rows in enumerate(batches):
                assert following is not None
                batch = following.result()
                if number + 1 < len(batches):
                    following = ahead.submit(batch_of, batches[number + 1], self._tokenized)
                parts = 0
                for part in self._fitting(rows, batch, model):
                    yield part
                    parts += 1
                self.halved += parts > 1

    def _fitting(
        self, rows: Rows, batch: Batch, model: Callable[[Batch], T]
    ) -> Iterator[tuple[Rows, T]]:
        padded = batch[0].numel()
        if padded < self._too_much or rows.size == 1:
            try:
                states = model(batch)
            except (RuntimeError, MemoryError) as error:
                if rows.size == 1 or not is_memory(error):
                    raise
                self._too_much = padded
            else:
                yield rows, states
                return
        # Here and not in the handler: what an error holds on to is what did not fit.
        if torch.cuda.is_initialized():
            torch.cuda.empty_cache()
        for half in np.array_split(rows, 2):
            yield from self._fitting(half, batch_of(half, self._tokenized), model)

    def _groups(self, chunk: Chunk) -> Iterator[Sequence[Rows]]:
        """Micro-batches whose states fit into :data:`SPOOL_BYTES` together."""
        per_token = max(self._models.original.state_bytes, self._models.compressed.state_bytes)
        group: list[Rows] = []
        size = 0
        for rows in chunk.batches:
            added = int(self._tokenized.response_tokens[rows].sum()) * per_token
            if group and size + added > SPOOL_BYTES:
                yield group
                group, size = [], 0
            group.append(rows)
            size += added
        if group:
            yield group


def _states(model: LanguageModel, batch: Batch) -> torch.Tensor:
    return model.states(*batch)


def _spooled(model: LanguageModel, batch: Batch) -> torch.Tensor:
    return model.states(*batch).cpu()


def batch_of(rows: Rows, tokenized: Tokenized) -> Batch:
    """``ids``, ``mask`` and ``positions`` of :meth:`LanguageModel.states`."""
    lengths = tokenized.lengths[rows]
    columns = np.arange(int(lengths.max()))
    mask = columns < lengths[:, None]
    ids = np.zeros(mask.shape, np.int64)
    positions = np.zeros(mask.shape, bool)
    for i, row in enumerate(rows):
        these, measured = tokenized.row(int(row))
        ids[i, : lengths[i]] = these
        # The token before predicts a measured one; the last token predicts nothing.
        positions[i, : lengths[i] - 1] = measured[1:]
    return torch.from_numpy(ids), torch.from_numpy(mask), torch.from_numpy(positions)
