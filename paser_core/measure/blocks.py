"""An encoder whose work outlives a kill: texts are encoded in blocks, each written when done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from paser_core.measure.progress import by_work
from paser_core.protocols import Encoder, Progress, no_progress
from paser_core.runs import Files
from paser_core.workspace.keys import key_of
from paser_core.workspace.store import Store

_BLOCK = 2048  # texts: what a kill may cost, under a minute with the bundled encoder on two cores
# Characters of a text that cost time, and what every text costs beside them: encoders read the
# start of a text, the bundled one 256 tokens. Good enough for a time left; nothing else uses it.
_READ, _EACH = 1000, 40


class ResumableEncoder:
    """An :class:`~paser_core.protocols.Encoder` that keeps what it has done in the run folder.

    Blocks hold texts of similar length, and are always encoded whole: the vectors do not depend on
    when the work was interrupted.
    """

    def __init__(self, encoder: Encoder, weights: str | None, store: Store) -> None:
        self._encoder, self.name = encoder, encoder.name
        self._weights = weights
        self._store = store

    def encode(
        self, texts: Sequence[str], on_progress: Progress = no_progress
    ) -> NDArray[np.float32]:
        """``(n, d)`` unit rows in the order of ``texts``."""
        lengths = np.array([len(text) for text in texts], np.int64)
        order = np.argsort(-lengths, kind="stable")
        report = by_work(on_progress, np.minimum(lengths[order], _READ) + _EACH)
        parts = []
        for start in range(0, len(order), _BLOCK):
            block = [texts[row] for row in order[start : start + _BLOCK]]
            key = key_of(self.name, self._weights, block)
            part = f"{Files.PARTS}/embedding-{key}.npz"
            known = self._store.part(part, partial(_fits, n=len(block)))
            if known is None:
                vectors = self._encoder.encode(
                    block, lambda done, _, s=start: report(s + done, len(texts))
                )
                known = {"vectors": vectors}
                self._store.write_arrays(part, known)
                # Only now: what an earlier start encoded says nothing about the speed of this one.
                report(start + len(block), len(texts))
            parts.append(known["vectors"])
        report(len(texts), len(texts))
        result = np.empty((len(texts), parts[0].shape[1]), np.float32)
        result[order] = np.concatenate(parts)
        return result


def _fits(arrays: Mapping[str, NDArray[np.float32]], n: int) -> bool:
    vectors = arrays["vectors"]
    return vectors.ndim == 2 and len(vectors) == n and bool(np.isfinite(vectors).all())
