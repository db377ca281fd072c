"""Many texts after one and the same text, which the model reads once."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from paser_core.errors import enough_memory
from paser_core.models.transformers_lm import TransformersLM

_ROUNDING = 1e-4  # of the largest number: what another order of sums may change


@dataclass(frozen=True)
class Read:
    """A text that was read: its ids, and what the model keeps of it."""

    ids: torch.Tensor  # (1, p)
    kept: Any  # keys and values; None: the model's are not used


class Continued:
    """Reads texts after another one, with its keys and values kept.

    Not every architecture lets one text be followed by several from what it keeps. So both ways of
    reading are compared on a few tokens first, and where they differ, or the first is not there, whole
    texts are read; :attr:`keeps` says which it is.
    """

    def __init__(self, model: TransformersLM) -> None:
        self._model = model
        self.keeps = True
        self.keeps = self._agrees()

    def read(self, ids: Sequence[int]) -> Read:
        """Read the text that others follow; ``ids`` are ``(p,)``, one at the least."""
        before = torch.tensor([list(ids)])
        return Read(before, self._model.keep(before) if self.keeps else None)

    def states(self, read: Read, ids: torch.Tensor, positions: torch.Tensor) -> torch.Tensor:
        """As :meth:`TransformersLM.states`, of ``(b, t)`` texts after the one that was read.

        They are padded on the right, and need no mask: later tokens change nothing before them.
        """
        b, p = len(ids), read.ids.shape[1]
        if read.kept is None:
            whole = torch.cat([read.ids.expand(b, -1), ids], dim=1)
            marked = torch.cat([torch.zeros(b, p, dtype=torch.bool), positions], dim=1)
            return self._model.states(whole, torch.ones_like(marked), marked)
        kept = copy.deepcopy(read.kept)  # reading adds to it
        kept.batch_repeat_interleave(b)
        return self._model.states(ids, torch.ones_like(positions), positions, after=kept)

    def _agrees(self) -> bool:
        ids, marked = torch.tensor([[2, 1, 0], [1, 1, 2]]), torch.ones(2, 3, dtype=torch.bool)
        try:
            with enough_memory("Set models.dtype to bfloat16, or free memory, and start again."):
                read = self.read([0, 1, 2, 1])
                ours = self.states(read, ids, marked)
        # What a model keeps is of its own kind. One that has nothing to keep, does not take it back, or
        # cannot have it repeated for a batch says so in any of these ways; whoever asked is told by `keeps`.
        except (AttributeError, NotImplementedError, TypeError, ValueError, RuntimeError):
            return False
        plain = self.states(Read(read.ids, None), ids, marked)
        return bool(torch.allclose(ours, plain, rtol=0, atol=_ROUNDING * float(plain.abs().max())))
