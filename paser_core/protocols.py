"""What the core asks of a model, and of whoever watches the work. Nothing else is needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from paser_core.notices import Notice, Severity

if TYPE_CHECKING:  # a worker that looks for concepts need not wait for pandas
    import torch

    from paser_core.config import Precision
    from paser_core.records.conversations import Conversation


class Progress(Protocol):
    """Called by a stage as it works: ``done`` of ``total`` units (samples, epochs, …)."""

    def __call__(self, done: int, total: int, /) -> None: ...


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


@dataclass(frozen=True)
class Remark:
    """Something about single samples that a reader has to know; it is counted, and told once."""

    code: str  # as a notice has it
    text: str  # goes on after "12 of 300 samples "
    severity: Severity = Severity.WARNING


@dataclass(frozen=True)
class Encoded:
    """One sample as the models read it."""

    ids: Sequence[int]
    measured: Sequence[bool]  # which of them are tokens of a response
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True)
class Reading:
    """What an encoder makes of ``n`` texts before it works."""

    tokens: NDArray[np.int64]  # (n,) of the whole text
    unknown: NDArray[np.int64]  # (n,) tokens that its vocabulary does not have
    single: NDArray[np.int64]  # (n,) tokens of one letter: a word that is spelled, not known
    read: tuple[bytes, ...]  # (n,) digest of what it reads: equal, and the vectors are equal
    window: int | None = None  # tokens that it reads of a text

    def take(self, rows: Sequence[int]) -> Reading:
        """Of some of the texts, in this order."""
        of = np.asarray(rows, np.int64)
        return Reading(
            self.tokens[of],
            self.unknown[of],
            self.single[of],
            tuple(self.read[row] for row in rows),
            self.window,
        )


@runtime_checkable
class PreciseEncoder(Protocol):
    """An :class:`Encoder` that can say what it computes in."""

    @property
    def precision(self) -> Precision:
        """As the config has it, but never ``auto``."""


@runtime_checkable
class ReadingEncoder(Protocol):
    """An :class:`Encoder` that can say how well it reads texts."""

    def reading(self, texts: Sequence[str]) -> Reading | None:
        """Counts for each text; ``None`` where the encoder has no tokenizer to ask."""


class Tokenizer(Protocol):
    """Turns a sample into token ids. One tokenizer serves both models."""

    def encode(self, conversation: Conversation, every_turn: bool = False) -> Encoded:
        """Ids of a conversation up to its answer, special tokens and end of sequence included.

        What is measured is the last answer, or with ``every_turn`` each answer of the assistant.

        Raises:
            SampleError: this sample cannot be written; others may.
        """

    def pieces(self, ids: Sequence[int]) -> list[str]:
        """Readable text of each token; joined they read as the response."""


class LanguageModel(Protocol):
    """A causal language model under teacher forcing.

    Its work comes in two steps, so that logits exist only for response positions and only for a
    few of them at a time: ``states`` runs the body, ``logits`` the vocabulary projection.
    """

    @property
    def name(self) -> str:
        """Model name as recorded in the run."""

    @property
    def fingerprint(self) -> str:
        """sha256 of the weights, hexadecimal."""

    @property
    def vocab_size(self) -> int:
        """Width of the logits."""

    @property
    def state_bytes(self) -> int:
        """Bytes that one position's state takes; bounds what is kept while models take turns."""

    @property
    def resident(self) -> bool:
        """Whether the body is on its device now."""

    def states(
        self, ids: torch.Tensor, mask: torch.Tensor, positions: torch.Tensor
    ) -> torch.Tensor:
        """What ``logits`` needs to predict the response tokens of one micro-batch.

        ``ids`` (int64) and ``mask`` (bool) are ``(b, t)``, padded on the right; ``positions`` is
        boolean ``(b, t)`` and marks each position whose *next* token is a response token. Returns
        ``(positions.sum(), h)`` in row-major order, on the model's device.
        """

    def logits(self, states: torch.Tensor) -> torch.Tensor:
        """``(k, vocab_size)`` logits of ``k`` states, in the model's own dtype.

        Works while the body is released.
        """

    def release(self) -> None:
        """Free the memory of the body; the next ``states`` brings it back."""


@dataclass(frozen=True)
class ModelPair:
    """The two models of a run, and the tokenizer that serves both."""

    original: LanguageModel
    compressed: LanguageModel
    tokenizer: Tokenizer
    alternate: bool = False  # the bodies take turns in memory
    notices: tuple[Notice, ...] = ()  # what a reader of the run has to know of the two
    positions: int | None = None  # most tokens that both can read; None: no limit is known

    @property
    def vocab_size(self) -> int:
        """Width of the part of the vocabulary that both models have."""
        return min(self.original.vocab_size, self.compressed.vocab_size)
