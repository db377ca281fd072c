"""The conversations of a pool: of a row of three plain texts it is made when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import overload

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from paser_core.records.conversations import Conversation, of_texts
from paser_core.records.texts import BLOCK

_TEXTS = ["instruction", "input", "output"]


class Conversations(Sequence[Conversation | None]):
    """``n`` conversations; None where a row is invalid.

    Args:
        frame: the table with the three texts of every row.
        kept: by row, those that say more than their three texts.
        plain: ``(n,)`` rows that say no more.
    """

    def __init__(
        self, frame: pd.DataFrame, kept: Mapping[int, Conversation], plain: NDArray[np.bool_]
    ) -> None:
        self._frame, self._kept, self._plain = frame, kept, plain

    @property
    def longer(self) -> Mapping[int, Conversation]:
        """Those that say more than three texts, by row."""
        return self._kept

    def __len__(self) -> int:
        return len(self._plain)

    def __iter__(self) -> Iterator[Conversation | None]:
        for start in range(0, len(self), BLOCK):
            yield from self[start : start + BLOCK]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and [*self] == [*other]

    __hash__ = None  # type: ignore[assignment]

    @overload
    def __getitem__(self, place: int) -> Conversation | None: ...
    @overload
    def __getitem__(self, place: slice) -> list[Conversation | None]: ...
    def __getitem__(self, place: int | slice) -> Conversation | list[Conversation | None] | None:
        rows = range(len(self))[place]
        if isinstance(rows, int):
            return self._made(rows, [self._frame[name].iloc[rows] for name in _TEXTS])
        columns = [self._frame[name].iloc[place].tolist() for name in _TEXTS]
        return [
            self._made(row, texts)
            for row, texts in zip(rows, zip(*columns, strict=True), strict=True)
        ]

    def _made(self, row: int, texts: Sequence[str]) -> Conversation | None:
        return of_texts(*texts).conversation if self._plain[row] else self._kept.get(row)
