"""Parquet files, read so that a small file cannot take the memory of the machine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from paser_core.errors import DataError, first_line
from paser_core.records import limits
from paser_core.records.arrow import nesting
from paser_core.records.cells import DEEPEST
from paser_core.records.shapes import shortened
from paser_core.workspace import paths

_AT_ONCE = 256 * 2**20  # bytes: at most about this much is unpacked without a look at it


def read_parquet(path: Path, content: bytes | None, limit: int | None) -> Any:
    """A parquet file as an arrow table; with ``limit`` only its first rows.

    Args:
        path: where it lies.
        content: its bytes, where they have been read.
        limit: rows.

    Raises:
        DataError: it is damaged, too large, or has columns of one name.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    def opened(**options: Any) -> Any:
        return pq.ParquetFile(path if content is None else pa.BufferReader(content), **options)

    try:
        file = opened()
        schema = file.schema_arrow
        _check(file, schema, path, limit)
        most = limits.decoded(paths.size(path) if content is None else len(content))
        groups = []
        rows = size = 0
        for number in range(file.num_row_groups):
            left = None if limit is None else limit - rows
            group = _group(file, number, opened, path, left, most)
            groups.append(group)
            rows += group.num_rows
            size += sum(_size(column) for column in group.columns)
            if size > most:
                raise limits.too_large("the table", str(path), most)
            if limit is not None and rows >= limit:
                break
        table = pa.concat_tables(groups).cast(schema) if groups else schema.empty_table()
        if limit is not None:
            table = table.slice(0, limit)
        table.validate(full=True)  # text that is not UTF-8 shows here, not in the middle of a run
    except (pa.ArrowException, OSError, ValueError, OverflowError, MemoryError) as error:
        raise DataError(
            f"this is not a readable parquet file ({first_line(error)}). Write it again with another "
            "program.",
            path=str(path),
        ) from None
    return table


def _check(file: Any, schema: Any, path: Path, limit: int | None) -> None:
    """What the metadata say about the size, before anything is unpacked."""
    limits.check_columns(len(schema.names), str(path))
    twice = next((name for name, times in Counter(schema.names).items() if times > 1), None)
    if twice is not None:
        raise DataError(
            f"the column '{shortened(twice)}' appears twice. Give each column a name of its own.",
            path=str(path),
        )
    for column in schema:
        if nesting(column.type) > DEEPEST:
            raise DataError(
                f"the column '{shortened(column.name)}' is nested too deeply; at most {DEEPEST} "
                "levels are accepted.",
                path=str(path),
            )
    if limit is None:
        limits.check_rows(file.metadata.num_rows, str(path))


def _group(
    file: Any,
    number: int,
    opened: Callable[..., Any],
    path: Path,
    limit: int | None,
    most: int,
) -> Any:
    """One row group, each column in the way that cannot take more memory than it is found to need.

    What the metadata say of a column is its size as it is written, where a text that repeats stands
    once. A value is at most as large as the whole column is written, so that a column of few or
    short values may be read at once. Other texts are read as numbers of the distinct ones, and
    counted before they are written out; what cannot be read so is read a few rows at a time.
    """
    import pyarrow as pa

    schema = file.schema_arrow
    about = file.metadata.row_group(number)
    largest = dict.fromkeys(schema.names, 0)  # bytes, if every value were the largest possible
    written = dict.fromkeys(schema.names, 0)
    delta = set()
    for place in range(about.num_columns):
        leaf = about.column(place)
        name = file.schema.column(place).path.split(".", 1)[0]
        name = name if name in largest else schema.names[min(place, len(schema.names) - 1)]
        each = leaf.total_uncompressed_size if "BYTE_ARRAY" in leaf.physical_type else 16
        largest[name] += leaf.num_values * each
        written[name] += leaf.total_uncompressed_size
        if any(str(e).startswith("DELTA") for e in leaf.encodings):
            delta.add(name)
    if limit is not None:
        return _few(file, number, schema.names, sum(written.values()), path, limit, most)
    safe = [n for n in schema.names if largest[n] <= _AT_ONCE]
    flat = [
        n
        for n in schema.names
        if n not in safe and n not in delta and _is_text(schema.field(n).type)
    ]
    parts: dict[str, Any] = {}
    if safe:
        table = file.read_row_group(number, columns=safe)
        parts.update(zip(table.column_names, table.columns, strict=True))
    if flat:
        table = opened(read_dictionary=flat).read_row_group(number, columns=flat)
        if sum(map(_size, table.columns)) > most:
            raise limits.too_large("the table", str(path), most)
        for name in flat:
            parts[name] = table.column(name).cast(schema.field(name).type)
    for name in schema.names:
        if name not in parts:
            parts[name] = _few(file, number, [name], written[name], path, None, most).column(name)
    return pa.table([parts[n] for n in schema.names], schema.names)


def _is_text(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _size(column: Any) -> int:
    """Bytes of a column once each value stands for itself, also where texts are numbers of texts."""
    import pyarrow as pa
    import pyarrow.compute as pc

    total = 0
    open_ = list(column.chunks)
    while open_:
        part = open_.pop()
        kind = part.type
        if pa.types.is_dictionary(kind):
            if _is_text(kind.value_type) and len(part):
                lengths = pc.take(pc.binary_length(part.dictionary), part.indices)
                total += pc.sum(lengths.cast(pa.int64())).as_py() or 0
            else:
                total += part.nbytes + len(part) * 16
        elif pa.types.is_struct(kind):
            open_ += part.flatten()
        elif pa.types.is_list(kind) or pa.types.is_large_list(kind):
            open_.append(part.flatten())
        else:
            total += part.nbytes
    return total


def _few(
    file: Any, number: int, names: list[str], written: int, path: Path, limit: int | None, most: int
) -> Any:
    """Columns read a few rows at a time, until they are too large."""
    import pyarrow as pa

    at_once = min(max(1, _AT_ONCE // max(1, written)), 65_536 if limit is None else limit)
    batches = []
    rows = size = 0
    for batch in file.iter_batches(batch_size=at_once, row_groups=[number], columns=names):
        batches.append(batch)
        rows += batch.num_rows
        size += batch.nbytes
        if size > most:
            raise limits.too_large("the table", str(path), most)
        if limit is not None and rows >= limit:
            break
    if not batches:
        return pa.schema([file.schema_arrow.field(n) for n in names]).empty_table()
    return pa.Table.from_batches(batches)
