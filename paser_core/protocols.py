"""What the core asks of a model, and of whoever watches the work. Nothing else is needed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch


class Progress(Protocol):
    """Called by a stage as it works: ``done`` of ``total`` units (samples, epochs, …)."""

    def __call__(self, done: int, total: int) -> None: ...


def no_progress(done: int, total: int) -> None:
    """A :class:`Progress` that nobody watches."""


class Encoder(Protocol):
    """Turns texts into sentence vectors."""

    @property
    def name(self) -> str:
        """Model name as recorded in the run."""

    def encode(
        self, texts: Sequence[str], on_progress: Progress = no_progress
    ) -> NDArray[np.float32]:
        """``(len(texts), d)`` vectors of unit norm, in the order of ``texts``."""


class Tokenizer(Protocol):
    """Turns a sample into token ids. One tokenizer serves both models."""

    def prompt_ids(self, instruction: str, input: str) -> list[int]:
        """Token ids of the templated prompt, special tokens included."""

    def response_ids(self, output: str) -> list[int]:
        """Token ids of the response, end-of-sequence included where the template has one."""

    def pieces(self, ids: Sequence[int]) -> list[str]:
        """Readable text of each token; joined they read as the response."""


class LanguageModel(Protocol):
    """A causal language model under teacher forcing."""

    @property
    def name(self) -> str:
        """Model name as recorded in the run."""

    @property
    def vocab_size(self) -> int:
        """Width of the logits."""

    def response_logits(
        self, ids: torch.Tensor, mask: torch.Tensor, positions: torch.Tensor
    ) -> torch.Tensor:
        """Logits that predict the response tokens of one micro-batch.

        ``ids`` and ``mask`` are ``(b, t)``; ``positions`` is boolean ``(b, t)`` and marks each
        position whose *next* token is a response token. Returns ``(positions.sum(), vocab_size)``
        in row-major order, in the model's own dtype.
        """
