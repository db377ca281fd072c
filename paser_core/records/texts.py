"""Many texts in a few blocks of memory instead of an object each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from paser_core.lazy import LazyTexts

if TYPE_CHECKING:  # workers that read phrases must not wait for pandas
    import pandas as pd

BLOCK = 8192  # texts that are Python objects at the same time


def each_row(frame: pd.DataFrame, names: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """The cells of some columns, row after row; only some thousands are Python objects at a time."""
    for start in range(0, len(frame), BLOCK):
        part = frame.iloc[start : start + BLOCK]
        yield from zip(*(part[name].tolist() for name in names), strict=True)


class Texts(LazyTexts):
    """Texts that are read one after another; each becomes an object when it is asked for.

    Args:
        texts: the first ones; more can be appended.
    """

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._blocks: list[Any] = []  # pyarrow arrays of BLOCK texts
        self._rest: list[str] = []  # the last ones
        for text in texts:
            self.append(text)

    def append(self, text: str) -> None:
        """One more."""
        self._rest.append(text)
        if len(self._rest) == BLOCK:
            self._blocks.append(_packed(self._rest))
            self._rest = []

    def blocks(self) -> Iterator[list[str]]:
        """All of them, some thousands at a time."""
        for block in self._blocks:
            yield block.to_pylist()
        if self._rest:
            yield self._rest

    def __len__(self) -> int:
        return BLOCK * len(self._blocks) + len(self._rest)

    def __iter__(self) -> Iterator[str]:
        for block in self.blocks():
            yield from block

    def _text(self, place: int) -> str:
        block, row = divmod(place, BLOCK)
        text: str = (
            self._rest[row] if block == len(self._blocks) else self._blocks[block][row].as_py()
        )
        return text


class Lines(LazyTexts):
    """The lines of one text in UTF-8; each becomes an object when it is asked for.

    Args:
        content: the bytes; none are no lines.
    """

    def __init__(self, content: bytes) -> None:
        self._content = content
        ends = np.flatnonzero(self.packed == ord("\n")) + 1
        last = [len(content) + 1] if content else []
        self._starts: NDArray[np.int64] = np.concatenate([[0], ends, last]).astype(np.int64)

    @classmethod
    def of(cls, lines: Sequence[str]) -> Lines:
        """Texts without a line feed; those that are packed already stay as they are."""
        return lines if isinstance(lines, Lines) else cls("\n".join(lines).encode())

    @property
    def packed(self) -> NDArray[np.uint8]:
        """``(b,)`` the bytes."""
        return np.frombuffer(self._content, np.uint8)

    def tally(self, letter: str) -> NDArray[np.int64]:
        """``(n,)`` how often an ASCII character is in each line."""
        places = np.flatnonzero(self.packed == ord(letter))
        return np.diff(np.searchsorted(places, self._starts))

    def __len__(self) -> int:
        return len(self._starts) - 1

    def _text(self, place: int) -> str:
        return self._content[self._starts[place] : self._starts[place + 1] - 1].decode()


def _packed(texts: list[str]) -> Any:
    import pyarrow as pa

    return pa.array(texts, pa.large_string())
