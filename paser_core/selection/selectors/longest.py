"""The longest responses: hard to beat in instruction tuning (Zhao et al. 2024, "Long Is More for Alignment").

Length is that of the text, so that it needs no model.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from paser_core.selection.model import Candidates
from paser_core.selection.selector import Selector


def _length(pool: Candidates, _: np.random.Generator) -> NDArray[np.float64]:
    """``(n,)`` characters of the response."""
    return np.array([len(text) for text in pool.samples["output"]], np.float64)


SELECTOR = Selector(
    "Longest responses", _length, damage=False, meaning="characters of the response"
)
