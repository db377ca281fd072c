"""What a recipe is: losses, one after the other, each for a share of the steps.

A package of its own brings one as an entry point of the group ``paser.recoveries``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Predicted:
    """What is known where a loss is taken: at ``k`` response tokens."""

    student: torch.Tensor  # (k, V) logits of the model in training
    original: torch.Tensor | None  # (k, V') logits of the original, where a phase asks for it
    tokens: torch.Tensor  # (k,) the tokens that follow
    temperature: float


@dataclass(frozen=True)
class Phase:
    """One loss."""

    name: str  # as progress and recovery.json have it
    loss: Callable[[Predicted], torch.Tensor]  # (k,) of each token; the mean over tokens is trained
    needs_original: bool = False
    share: float = 1.0  # of the steps, beside the shares of the others


@dataclass(frozen=True)
class Recipe:
    """Losses, one after the other."""

    title: str
    phases: tuple[Phase, ...]

    @property
    def needs_original(self) -> bool:
        """Whether the original model is asked in any of them."""
        return any(phase.needs_original for phase in self.phases)

    def steps(self, total: int) -> tuple[int, ...]:
        """Whole steps of each phase; they add up to ``total``, and what is left over comes last.

        >>> from paser_core.recover.recipes.kd_sft import RECIPE
        >>> RECIPE.steps(13)
        (6, 7)
        """
        whole = sum(phase.share for phase in self.phases)
        ends, passed = [0], 0.0
        for phase in self.phases:
            passed += phase.share
            ends.append(int(total * passed / whole + 1e-9))
        ends[-1] = total
        return tuple(b - a for a, b in pairwise(ends))
