"""How likely one model finds responses: the loss of every response token, under teacher forcing.

What is read together, and how positions are found, is that of the divergence.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from paser_core.errors import enough_memory
from paser_core.protocols import LanguageModel
from paser_core.stages.divergence.reading import batch_of
from paser_core.stages.divergence.teacher_forcing import LOGIT_BYTES
from paser_core.stages.divergence.tokens import Tokenized


@enough_memory(
    "Lower divergence.batch_tokens or set models.dtype to bfloat16 in the run's config, and start the "
    "same command again; it resumes."
)
def mean_losses(
    rows: NDArray[np.int64], tokenized: Tokenized, model: LanguageModel
) -> NDArray[np.float64]:
    """``(b,)`` mean negative log-likelihood of the response tokens of some rows, in nats.

    Args:
        rows: ``(b,)`` row numbers, read as one micro-batch.
        tokenized: the samples.
        model: what reads them.

    Returns:
        NaN for a row where the model gives logits that are not finite.

    Raises:
        ModelError: the memory is not enough.
    """
    ids, mask, positions = batch_of(rows, tokenized)
    losses = token_losses(model, model.states(ids, mask, positions), next_tokens(ids, positions))
    return by_row(losses, positions, np.mean)


def next_tokens(ids: torch.Tensor, positions: torch.Tensor) -> torch.Tensor:
    """``(k,)`` the token after each marked position of ``(b, t)``, in row-major order."""
    return torch.roll(ids, -1, dims=1)[positions]


def token_losses(
    model: LanguageModel, states: torch.Tensor, targets: torch.Tensor
) -> NDArray[np.float32]:
    """``(k,)`` −log p(target), in nats; ``states`` are ``(k, h)``, ``targets`` ``(k,)`` token ids."""
    losses = np.empty(len(targets), np.float32)
    block = max(1, LOGIT_BYTES // (4 * model.vocab_size))
    for start in range(0, len(targets), block):
        part = slice(start, start + block)
        logits = model.logits(states[part]).float()
        wanted = targets[part].to(logits.device)
        loss = torch.nn.functional.cross_entropy(logits, wanted, reduction="none")
        losses[part] = loss.cpu().numpy()
    return losses


def by_row(
    losses: NDArray[np.float32],
    positions: torch.Tensor,
    reduce: Callable[[NDArray[np.float64]], Any],
) -> NDArray[np.float64]:
    """``(b,)`` the losses of each row of ``(b, t)`` positions, as one number each; NaN: not finite."""
    ends = np.cumsum(positions.sum(dim=1).numpy())
    parts = np.split(losses.astype(np.float64), ends[:-1])
    found = np.array([reduce(part) for part in parts])
    return np.where(np.isfinite(found), found, np.nan)
