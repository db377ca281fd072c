"""What the benchmarks of scoring have in common: token ids are given, not made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from paser_core.records.conversations import Conversation
from paser_core.stages.divergence import Tokenized


class NoTokenizer:
    """The tokenizer of a model whose ids are given: to ask it for anything is a mistake."""

    def encode(self, conversation: Conversation, every_turn: bool = False) -> NoReturn:
        raise AssertionError("the ids are given")

    def pieces(self, ids: Sequence[int]) -> NoReturn:
        raise AssertionError("the ids are given")


def given(
    ids: NDArray[np.int32], prompts: NDArray[np.integer], responses: NDArray[np.integer]
) -> Tokenized:
    """Samples of so many prompt and response tokens, ``(n,)`` each, out of ``(total,)`` ids."""
    n = len(prompts)
    offsets = np.concatenate([[0], np.cumsum(prompts + responses)])
    place = np.arange(len(ids)) - np.repeat(offsets[:-1], np.diff(offsets))
    measured = place >= np.repeat(prompts, np.diff(offsets))
    unknown = np.full(n, -1, np.int32)
    return Tokenized(ids, measured, offsets, np.zeros(n, bool), (None,) * n, unknown, unknown)
