"""The training rows as files: JSON lines, identical to the rows, and a table of the same."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from paser_core.records.cells import as_json

_AT_ONCE = 4096  # rows that are read together
_FEATURES = b"huggingface"  # where `datasets` keeps what the columns are


def jsonl(rows: Iterable[Any]) -> Iterator[bytes]:
    """One JSON object a line."""
    return (f"{as_json(row)}\n".encode() for row in rows)


def parquet(table: pa.Table) -> bytes:
    """A table as a parquet file."""
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()


def training_table(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """The rows as columns. A key that only some messages have is null in the others.

    A column whose values fit no common type (text here, a list there) is JSON text, which the
    metadata says in the way of `datasets`, so that it comes out as it went in.
    """
    columns, features = {}, {}
    for name in rows[0]:
        values = [row[name] for row in rows]
        array = _typed(values)
        if array is None:
            features[name] = {"_type": "Json"}
            texts = pa.array([None if v is None else as_json(v) for v in values], pa.string())
            array = pa.ExtensionArray.from_storage(pa.json_(), texts)
        columns[name] = array
    table = pa.table(columns)
    return table if not features else table.replace_schema_metadata(_metadata(table, features))


def read_parquet(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a training table."""
    with pq.ParquetFile(path) as file:
        names = _json_columns(file.schema_arrow)
        for batch in file.iter_batches(_AT_ONCE):
            for row in batch.to_pylist():
                for name in names:
                    row[name] = None if row[name] is None else json.loads(row[name])
                yield row


def without_nulls(value: Any) -> Any:
    """The value without keys that are null: a table puts null where a key is missing."""
    if isinstance(value, dict):
        return {k: without_nulls(v) for k, v in value.items() if v is not None}
    return [without_nulls(v) for v in value] if isinstance(value, list) else value


def _typed(values: list[Any]) -> pa.Array | None:
    """The column with a type of its own; None where no type gives it back as it is."""
    try:
        array = pa.array(values)
        back = pq.read_table(pa.BufferReader(parquet(pa.table({"_": array}))))["_"].to_pylist()
    except (pa.ArrowException, OverflowError, ValueError, TypeError):
        return None
    same = all(
        type(a) is type(b) and (a == b or without_nulls(a) == without_nulls(b))
        for a, b in zip(back, values, strict=True)
    )
    return array if same else None


def _metadata(table: pa.Table, features: dict[str, Any]) -> dict[bytes, bytes]:
    import datasets

    known = datasets.Features.from_arrow_schema(table.schema).to_dict()
    tree = {"info": {"features": {**known, **features}}}
    return {_FEATURES: json.dumps(tree).encode()}


def _json_columns(schema: pa.Schema) -> list[str]:
    metadata = (schema.metadata or {}).get(_FEATURES)
    if metadata is None:
        return []
    features = json.loads(metadata)["info"]["features"]
    return [name for name, kind in features.items() if kind.get("_type") == "Json"]
