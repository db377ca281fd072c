"""How much the selections of a study have in common, and finding the samples of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from paser_core.study.results import SELECTIONS, Results
from paser_core.workspace.reading import reading


@dataclass(frozen=True)
class Selections:
    """The samples of every cell that has chosen any."""

    names: NDArray[np.object_]  # ids, each once
    codes: NDArray[np.int64]  # of the samples of all cells, one cell after another
    bounds: Mapping[str, tuple[int, int]]  # of a cell in the codes, by key

    @classmethod
    def of(cls, results: Results) -> Selections:
        """Read them.

        Raises:
            RunError: the file is missing or damaged.
        """
        with reading(results.folder / SELECTIONS):
            table = pq.read_table(results.folder / SELECTIONS).combine_chunks()
        keys, lists = table["key"].to_pylist(), table["ids"]
        if not keys:
            return cls(np.empty(0, object), np.empty(0, np.int64), {})
        flat = lists.chunk(0).flatten().dictionary_encode()
        ends = np.cumsum([0, *(len(one) for one in lists.chunk(0))])
        return cls(
            flat.dictionary.to_numpy(zero_copy_only=False),
            flat.indices.to_numpy().astype(np.int64),
            {key: (int(ends[i]), int(ends[i + 1])) for i, key in enumerate(keys)},
        )

    def ids(self, key: str) -> tuple[str, ...]:
        """Of a cell, in order of acceptance; none where it has chosen nothing."""
        begin, end = self.bounds.get(key, (0, 0))
        return tuple(self.names[self.codes[begin:end]])

    @cached_property
    def _by_key(self) -> Mapping[str, int]:
        return {key: row for row, key in enumerate(self.bounds)}

    def overlaps(self, arms: Sequence[Mapping[int, str]]) -> NDArray[np.float64]:
        """``(a, a)`` mean Jaccard index of every two arms.

        Of two arms, the cells of the same seed are compared; on the diagonal, the cells of different
        seeds. NaN where there are no two such cells.

        Args:
            arms: keys of cells by number of the seed.
        """
        keys = list(
            dict.fromkeys(key for arm in arms for key in arm.values() if key in self.bounds)
        )
        jaccard = self._jaccard(keys)
        place = {key: row for row, key in enumerate(keys)}
        known = [{n: place[k] for n, k in arm.items() if k in place} for arm in arms]
        found = np.full((len(arms), len(arms)), np.nan)
        for i, one in enumerate(known):
            for j, other in enumerate(known):
                if i == j:
                    pairs = [(a, b) for m, a in one.items() for n, b in one.items() if m < n]
                else:
                    pairs = [(a, other[n]) for n, a in one.items() if n in other]
                if pairs:
                    found[i, j] = np.mean([jaccard[a, b] for a, b in pairs])
        return found

    def _jaccard(self, keys: Sequence[str]) -> NDArray[np.float64]:
        """``(k, k)`` of every two cells."""
        member = np.zeros((len(keys), len(self.names)), np.float32)
        for row, key in enumerate(keys):
            begin, end = self.bounds[key]
            member[row, self.codes[begin:end]] = 1
        both = (member @ member.T).astype(np.float64)
        sizes = np.diag(both)
        either = sizes[:, None] + sizes[None, :] - both
        return np.divide(both, either, out=np.zeros_like(both), where=either > 0)
