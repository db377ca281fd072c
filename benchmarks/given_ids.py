"""What the benchmarks of scoring have in common: token ids are given, not made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn


class NoTokenizer:
    """The tokenizer of a model whose ids are given: to ask it for anything is a mistake."""

    def prompt_ids(self, instruction: str, input: str) -> NoReturn:
        raise AssertionError("the ids are given")

    def response_ids(self, output: str) -> NoReturn:
        raise AssertionError("the ids are given")

    def pieces(self, ids: Sequence[int]) -> NoReturn:
        raise AssertionError("the ids are given")
