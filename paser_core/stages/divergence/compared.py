"""What is known of two sets of logits, and what both ways to compute it share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch

# (k, V) log-probabilities of the original and of the compressed model, and (k,) the tokens that come
# next in the response -> (k,) one number per token.
OfTokens: TypeAlias = "Callable[[torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]"

# The signals that need no further reading of the logits, in this order.
COMPILED = ("kl", "kl_reverse", "loss_gap", "top1")
# Below the largest logit of a row by so much: probability 0 at every temperature, as -inf is. The
# bound keeps what is computed from it finite.
NOTHING = -1e30
# Nats between two log-probabilities, at most: e^-10000 is no probability of any model, and what one
# model rules out (a logit of -inf) shall not make a sum infinite.
FAR = 1e4


@dataclass(frozen=True)
class Compared:
    """What is known of ``k`` rows of logits."""

    bits: NDArray[np.float32]  # (k, m) divergence at each temperature
    compiled: NDArray[np.float32]  # (k, 4) the signals of COMPILED, at T = 1
    others: NDArray[np.float32]  # (k, s) what was asked for beside them, at T = 1
