"""The part of the concepts that workers do. Imports nothing that they would wait for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paser_core.engines.engine import Report
from paser_core.language import Speech, plain
from paser_core.stages.phrases import PhraseReader

LONGEST_TEXT = 20_000  # characters read: enough for any sensible sample, bounded for a megabyte
_SHARD = 500  # texts that are read together, under a second


@dataclass(frozen=True)
class Shards(Sequence[list[tuple[str, tuple[str, ...]]]]):
    """Texts with their languages, some hundreds together; made when they are sent."""

    texts: Sequence[str]
    speech: Speech

    def __len__(self) -> int:
        return -(-len(self.texts) // _SHARD)

    def __getitem__(self, number: Any) -> Any:
        if not 0 <= number < len(self):
            raise IndexError(number)
        part = slice(number * _SHARD, (number + 1) * _SHARD)
        return list(zip(self.texts[part], self.speech.languages[part], strict=True))


class Readers(dict[tuple[str, ...], PhraseReader]):
    """What a worker reads with: one reader for each set of languages, made when it is met."""

    def __init__(self, speech: Speech) -> None:
        self._speech = Speech((), speech.frequent)

    def __missing__(self, languages: tuple[str, ...]) -> PhraseReader:
        stops = self._speech.stop_words(languages)
        return self.setdefault(languages, PhraseReader(languages[0], stops))

    def __call__(
        self, shard: Sequence[tuple[str, tuple[str, ...]]], _: Report
    ) -> tuple[list[str], NDArray[np.int32], NDArray[np.int32]]:
        """The phrases that are new in these texts, and by number which each text has, and how many."""
        rows = [self[known].phrases(plain(text[:LONGEST_TEXT])) for text, known in shard]
        numbers: dict[str, int] = {}
        ids = [numbers.setdefault(phrase, len(numbers)) for row in rows for phrase in row]
        return list(numbers), np.array(ids, np.int32), np.array([*map(len, rows)], np.int32)
