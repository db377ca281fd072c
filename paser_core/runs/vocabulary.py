"""``concepts.npz``: the ranked candidate phrases of every sample, before any knob.

Kept whole, so that the knobs of the concepts stay live: ``vocabulary`` is the phrases as UTF-8
separated by line feeds, ``indptr`` and ``ids`` are the rows in compressed form.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paser_core.stages.concepts import ConceptTable


def pack_concepts(table: ConceptTable) -> dict[str, NDArray[Any]]:
    """The table as plain arrays."""
    return {
        "vocabulary": np.frombuffer("\n".join(table.vocabulary).encode(), np.uint8),
        "indptr": table.indptr,
        "ids": table.ids,
    }


def unpack_concepts(arrays: Mapping[str, NDArray[Any]]) -> ConceptTable:
    """The table that :func:`pack_concepts` made plain."""
    words = arrays["vocabulary"].tobytes().decode()
    return ConceptTable(tuple(words.split("\n")) if words else (), arrays["indptr"], arrays["ids"])
