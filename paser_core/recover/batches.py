"""Which samples a step sees, in which order, and in which parts.

Everything follows from the seed and the number of the step: a training that was killed goes on with the
samples that it would have seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from paser_core.stages.divergence.tokens import Tokenized

Part = dict[str, torch.Tensor]  # ids (b, t), mask (b, t), measured (b, t)


def plan(rows: NDArray[np.int64], batch: int, epochs: int, seed: int) -> list[NDArray[np.int64]]:
    """The rows of every step: each epoch is a permutation; its last batch may be smaller.

    Args:
        rows: ``(n,)`` row numbers that can be trained on.
        batch: samples of a step.
        epochs: how often each is seen.
        seed: of the permutations.
    """
    steps: list[NDArray[np.int64]] = []
    for epoch in range(epochs):
        order = rows[np.random.default_rng([seed, epoch]).permutation(len(rows))]
        steps += [order[start : start + batch] for start in range(0, len(order), batch)]
    return steps


def parts_of(
    rows: NDArray[np.int64], lengths: NDArray[np.int64], batch_tokens: int
) -> list[NDArray[np.int64]]:
    """A batch in parts of ``batch_tokens`` padded tokens at most, the longest samples first.

    A sample that is longer by itself is a part of its own.

    Args:
        rows: ``(b,)`` row numbers.
        lengths: ``(n,)`` tokens of every row.
        batch_tokens: most padded tokens of a part.
    """
    order = rows[np.argsort(-lengths[rows], kind="stable")]
    parts: list[NDArray[np.int64]] = []
    start = 0
    while start < len(order):
        size = max(1, batch_tokens // int(lengths[order[start]]))
        parts.append(order[start : start + size])
        start += size
    return parts


class Steps(torch.utils.data.Dataset):  # type: ignore[misc]
    """Every step as its parts, made when it is asked for."""

    def __init__(
        self, steps: Sequence[NDArray[np.int64]], tokenized: Tokenized, batch_tokens: int
    ) -> None:
        self._steps, self._tokenized, self._most = steps, tokenized, batch_tokens

    def __len__(self) -> int:
        return len(self._steps)

    def __getitem__(self, step: int) -> list[Part]:
        parts = parts_of(self._steps[step], self._tokenized.lengths, self._most)
        return [padded(self._tokenized, part) for part in parts]


def padded(tokenized: Tokenized, rows: NDArray[np.int64]) -> Part:
    """Rows as tensors, padded on the right."""
    pairs = [tokenized.row(int(row)) for row in rows]
    shape = (len(pairs), max(len(ids) for ids, _ in pairs))
    ids = torch.zeros(shape, dtype=torch.long)
    mask = torch.zeros(shape, dtype=torch.long)
    measured = torch.zeros(shape, dtype=torch.bool)
    for i, (these, response) in enumerate(pairs):
        ids[i, : len(these)] = torch.from_numpy(these.astype(np.int64))
        mask[i, : len(these)] = 1
        measured[i, : len(these)] = torch.from_numpy(response)
    return {"ids": ids, "mask": mask, "measured": measured}


def response_tokens(parts: Sequence[Part]) -> int:
    """Tokens of a batch that a loss is taken at."""
    return int(sum(int(part["measured"][:, 1:].sum()) for part in parts))


def tokens_read(parts: Sequence[Part]) -> int:
    """Tokens of a batch, padding left out."""
    return int(sum(int(part["mask"].sum()) for part in parts))


def at_responses(model: Any, part: Part, keeps: bool) -> torch.Tensor:
    """``(k, V)`` logits at the positions before the ``k`` response tokens, in row-major order.

    Args:
        model: a causal language model.
        part: some samples.
        keeps: whether its forward takes ``logits_to_keep``: then no other column of positions is
            projected to the vocabulary.
    """
    wanted = part["measured"][:, 1:]
    if not keeps:
        logits = model(input_ids=part["ids"], attention_mask=part["mask"], use_cache=False).logits
        found: torch.Tensor = logits[:, :-1][wanted]
        return found
    columns = wanted.any(dim=0).nonzero().squeeze(1)
    logits = model(
        input_ids=part["ids"],
        attention_mask=part["mask"],
        use_cache=False,
        logits_to_keep=columns,
    ).logits
    kept: torch.Tensor = logits[wanted[:, columns]]
    return kept


def followers(part: Part) -> torch.Tensor:
    """``(k,)`` the response tokens themselves, in the order of :func:`at_responses`."""
    return part["ids"][:, 1:][part["measured"][:, 1:]]
