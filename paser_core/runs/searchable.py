"""``search.arrow``: the texts of every sample as a search reads them, one after another.

Words are found in any case, accents composed or not, so what is not ASCII stands there folded as well.
Parquet would take several times as long to unpack. A run of a version that did not write the file has
them made when somebody searches.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import pyarrow as pa

from paser_core.language import fold, normal

WRITTEN, FOLDED = "written", "folded"
SCHEMA = pa.schema([(WRITTEN, pa.large_string()), (FOLDED, pa.large_string())])
_ROWS = 8192  # looked at together


def searchable(columns: Sequence[Iterable[str]]) -> Iterator[pa.RecordBatch]:
    """The texts out of several columns of ``n``, one field a line: composed, and folded where not ASCII."""
    rows = zip(*columns, strict=True)
    while some := list(islice(rows, _ROWS)):
        texts = ["\n".join(fields) for fields in some]
        folded = [None if text.isascii() else fold(text) for text in texts]
        arrays = [
            pa.array(map(normal, texts), pa.large_string()),
            pa.array(folded, pa.large_string()),
        ]
        yield pa.RecordBatch.from_arrays(arrays, schema=SCHEMA)
