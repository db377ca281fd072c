"""The zeros that the compression made: where they are, that they stay, and how many there are.

Users of pruning libraries ask one thing most: how to fine-tune and stay sparse. The rule: the zeros
are taken once, from the compressed weights. Gradients and weights are set to zero there at every
step, a LoRA adapter changes nothing there (:mod:`lora`), and they are counted before and after.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import torch

WORTH_KEEPING = 0.01  # share of zeros in a matrix; rounding alone makes fewer


@dataclass(frozen=True)
class Sparsity:
    """What was counted in the matrices of the linear layers."""

    matrices: int
    weights: int
    zeros: int
    semi_structured: int  # matrices in which every four weights in a row of inputs have two zeros

    @property
    def share(self) -> float:
        """Of all weights."""
        return self.zeros / self.weights if self.weights else 0.0

    def to_tree(self) -> dict[str, Any]:
        """As recovery.json has it."""
        return asdict(self) | {"share": round(self.share, 6)}


class Masks:
    """Where the weights of a model are zero, by name of the parameter."""

    def __init__(self, model: Any) -> None:
        self._zero = {
            name: weight.detach() == 0
            for name, weight, _ in matrices(model)
            if zero_share(weight) >= WORTH_KEEPING
        }

    def __len__(self) -> int:
        return len(self._zero)

    def __contains__(self, name: str) -> bool:
        return name in self._zero

    def apply(self, model: Any) -> None:
        """Set the weights to zero there."""
        for weight, zero in self._places(model):
            weight.data.masked_fill_(zero, 0.0)

    def apply_to_gradients(self, model: Any) -> None:
        """Set the gradients to zero there: their length counts only what can change."""
        for weight, zero in self._places(model):
            if weight.grad is not None:
                weight.grad.masked_fill_(zero, 0.0)

    def _places(self, model: Any) -> Iterator[tuple[torch.nn.Parameter, torch.Tensor]]:
        for name, weight in model.named_parameters():
            if name in self._zero:
                if self._zero[name].device != weight.device:
                    self._zero[name] = self._zero[name].to(weight.device)
                yield weight, self._zero[name]


def matrices(model: Any) -> Iterator[tuple[str, torch.nn.Parameter, int]]:
    """Name, weight and axis of the inputs of every matrix of the decoder, those of experts included.

    Embeddings are none, nor is the projection to the vocabulary, unless it has zeros worth keeping.
    """
    from transformers.pytorch_utils import Conv1D

    others = {id(m.weight) for m in model.modules() if isinstance(m, torch.nn.Embedding)}
    head = model.get_output_embeddings()
    if head is not None and zero_share(head.weight) < WORTH_KEEPING:
        others.add(id(head.weight))
    inputs = {id(m.weight): 0 for m in model.modules() if isinstance(m, Conv1D)}
    for name, weight in model.named_parameters():
        if weight.ndim >= 2 and id(weight) not in others:
            yield name, weight, inputs.get(id(weight), weight.ndim - 1)


def zero_share(weight: torch.Tensor) -> float:
    """Share of the weights that are zero."""
    return float((weight.detach() == 0).float().mean()) if weight.numel() else 0.0


def count(model: Any) -> Sparsity:
    """Count the zeros of a model."""
    total = zeros = number = semi = 0
    for _, weight, axis in matrices(model):
        zero = weight.detach() == 0
        number += 1
        total += weight.numel()
        zeros += int(zero.sum())
        semi += is_semi_structured(zero, axis)
    return Sparsity(number, total, zeros, semi)


def is_semi_structured(zero: torch.Tensor, axis: int = -1) -> bool:
    """Whether of every four weights of consecutive inputs two at least are zero (2:4).

    Args:
        zero: which weights are zero; any shape.
        axis: that of the inputs.
    """
    lines = zero.movedim(axis, -1)
    if lines.shape[-1] % 4:
        return False
    return bool((lines.reshape(-1, 4).sum(dim=1) >= 2).all())
