"""``concepts.npz``: the ranked candidate phrases of every sample, before any knob.

Kept whole, so that the knobs of the concepts stay live: ``vocabulary`` is the phrases as UTF-8
separated by line feeds, ``indptr`` and ``ids`` are the rows in compressed form.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from paser_core.records.texts import Lines
from paser_core.stages.concepts import ConceptTable


def pack_concepts(table: ConceptTable) -> dict[str, NDArray[Any]]:
    """The table as plain arrays."""
    return {
        "vocabulary": Lines.of(table.vocabulary).packed,
        "indptr": table.indptr,
        "ids": table.ids,
    }


def unpack_concepts(arrays: Mapping[str, NDArray[Any]]) -> ConceptTable:
    """The table that :func:`pack_concepts` made plain."""
    return ConceptTable(Lines(arrays["vocabulary"].tobytes()), arrays["indptr"], arrays["ids"])
