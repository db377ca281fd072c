"""An encoder whose work outlives a kill: texts are encoded in blocks, each written when done."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from paser_core.engines.engine import Engine, Once, Report
from paser_core.engines.local import LOCAL
from paser_core.measure.progress import by_work
from paser_core.protocols import Encoder, Progress, no_progress
from paser_core.runs import Files
from paser_core.workspace.keys import key_of
from paser_core.workspace.parts import Arrays, Part, make_parts
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

    def __init__(
        self, encoder: Once[Encoder], made_by: object, store: Store, engine: Engine = LOCAL
    ) -> None:
        self._encoder, self.name = encoder, encoder.value.name
        self._made_by = made_by  # what the vectors hang on beside the texts
        self._store = store
        self._engine = engine

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
            file = f"{Files.PARTS}/embedding-{key_of(self.name, self._made_by, block)}.npz"
            parts.append(Part(file, block, len(block), partial(_fits, n=len(block))))
        task = partial(_encoded, self._encoder)
        made = make_parts(self._engine, task, parts, self._store, report, gpu=True)
        vectors = np.concatenate([arrays["vectors"] for arrays in made])
        result = np.empty(vectors.shape, np.float32)
        result[order] = vectors
        return result


def _encoded(encoder: Once[Encoder], texts: Sequence[str], report: Report) -> Arrays:
    return {"vectors": encoder.value.encode(texts, report)}


def _fits(arrays: Arrays, n: int) -> bool:
    vectors = arrays["vectors"]
    return vectors.ndim == 2 and len(vectors) == n and bool(np.isfinite(vectors).all())
