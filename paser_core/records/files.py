"""json, jsonl, csv and parquet files."""

from __future__ import annotations

import csv
import difflib
import hashlib
import io
import json
import sys
from pathlib import Path
from typing import Any

from paser_core.config import FieldMap
from paser_core.errors import DataError
from paser_core.records.shapes import recognise
from paser_core.records.source import Row, Source

ENDINGS = (".jsonl", ".ndjson", ".json", ".csv", ".parquet")
_NONE_MAPPED = FieldMap()
_ROLE = {
    "role",
    "from",
}  # what a message of a conversation has, as chat models and ShareGPT name it
_HEAD = 8 * 2**20  # bytes read for a preview of a file made of lines


def read_file(path: Path, limit: int | None = None, fields: FieldMap = _NONE_MAPPED) -> Source:
    """Read a file; with ``limit`` nothing after the first so many rows is looked at.

    ``fields`` help to tell a sample from an object that holds samples.

    Raises:
        DataError: its ending is unknown, or it cannot be read, decoded or parsed.
    """
    ending = _ending(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"the file cannot be read ({error.strerror}).", path=str(path)) from error
    if not content.strip():
        raise DataError("the file is empty.", path=str(path))
    digest = hashlib.sha256(content).hexdigest()
    if ending == ".parquet":
        return Source.of_table(str(path), digest, _parquet(path, io.BytesIO(content), limit))
    rows, lines = _rows(path, ending, _decode(path, content), limit, fields)
    return Source.of_rows(str(path), digest, rows, lines)


def read_head(path: Path, limit: int, fields: FieldMap = _NONE_MAPPED) -> Source:
    """The first rows of a file of any size, without a hash: what a preview needs.

    Raises:
        DataError: as :func:`read_file`, as far as the file was read.
    """
    ending = _ending(path)
    try:
        if ending == ".parquet":
            return Source.of_table(str(path), "", _parquet(path, path, limit))
        with path.open("rb") as file:
            content = file.read() if ending == ".json" else file.read(_HEAD)
            if ending != ".json" and file.read(1):  # there is more: leave out the line cut short
                content = content[: content.rfind(b"\n") + 1] or content
    except OSError as error:
        raise DataError(f"the file cannot be read ({error.strerror}).", path=str(path)) from error
    if not content.strip():
        raise DataError("the file is empty.", path=str(path))
    rows, lines = _rows(path, ending, _decode(path, content), limit, fields)
    return Source.of_rows(str(path), "", rows, lines)


def did_you_mean(path: Path) -> str:
    """The nearest name in the folder of a file that does not exist."""
    folder = path.parent
    try:
        names = sorted(p.name for p in folder.iterdir())
    except OSError:
        return f" There is no folder {folder} either."
    near = difflib.get_close_matches(path.name, names, n=3, cutoff=0.5)
    quoted = ", ".join(f"'{folder / name}'" for name in near)
    return f" Did you mean {quoted}?" if near else ""


def _ending(path: Path) -> str:
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise DataError(
            f"files ending in '{ending or '(nothing)'}' are not known; accepted: "
            f"{', '.join(ENDINGS)}, or a Hugging Face data set.",
            path=str(path),
        )
    return ending


def _decode(path: Path, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"the text is not UTF-8 (byte {error.start}, counted from 0). Save the file as UTF-8 "
            "and try again.",
            path=str(path),
            line=line,
        ) from None


def _rows(
    path: Path, ending: str, text: str, limit: int | None, fields: FieldMap
) -> tuple[list[Row], list[int] | None]:
    if ending == ".csv":
        return _csv(path, text, limit)
    # What decides is the text: data sets in JSON lines called .json are common, and the reverse
    # happens. A line of JSON lines is an object, so a file that starts with [ is one list.
    start = text.lstrip()[:1]
    if start == "[" or (ending == ".json" and start != "{"):
        return _list(path, _parse(path, text, None), fields)[:limit], None
    if ending == ".json":
        try:
            return _list(path, json.loads(text), fields)[:limit], None
        except json.JSONDecodeError as error:
            if not error.msg.startswith("Extra data"):
                _parse(path, text, None)  # says what is wrong with it
        except (RecursionError, ValueError):
            _parse(path, text, None)
    return _jsonl(path, text, limit)


def _jsonl(path: Path, text: str, limit: int | None) -> tuple[list[Row], list[int]]:
    rows: list[Row] = []
    lines: list[int] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            if limit is not None and len(rows) == limit:
                break
            rows.append(_object(_parse(path, line, number), path, number))
            lines.append(number)
    return rows, lines


def _list(path: Path, tree: Any, fields: FieldMap) -> list[Row]:
    """The rows in a JSON text: a list of objects, the one list in an object, or an object alone."""
    if isinstance(tree, dict):
        lists = [v for v in tree.values() if _of_objects(v)]
        if not lists or _is_sample(tree, fields):
            return [tree]  # as the same bytes are read from a file of JSON lines
        if len(lists) != 1:
            raise DataError(
                f"the JSON is one object with {len(lists)} lists in it; a list of objects is "
                "needed, or an object with one list of objects, or one object a line.",
                path=str(path),
            )
        tree = lists[0]
    if not isinstance(tree, list):
        raise DataError(
            f"the JSON is a {type(tree).__name__}; a list of objects is needed.", path=str(path)
        )
    return [_object(item, path, None, place) for place, item in enumerate(tree, start=1)]


def _of_objects(value: Any) -> bool:
    return isinstance(value, list) and (not value or any(isinstance(v, dict) for v in value))


def _is_sample(tree: dict[str, Any], fields: FieldMap) -> bool:
    """Whether an object is a sample itself, and not what a list of samples is wrapped in."""
    try:
        found = recognise(tuple(tree), fields).fields
    except DataError:
        return False
    if found.messages is None:
        return not any(_of_objects(tree[c]) for c in (found.instruction, found.output) if c)
    turns = tree[found.messages]
    # A list of samples may be called `conversations` as well; its entries have no role.
    return not isinstance(turns, list) or any(
        isinstance(t, dict) and _ROLE & t.keys() for t in turns
    )


def _parse(path: Path, text: str, line: int | None) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise DataError(
            f"this is not valid JSON (column {error.colno}: {error.msg}).",
            path=str(path),
            line=line or error.lineno,
        ) from None
    except RecursionError:
        raise DataError("the JSON is nested too deeply.", path=str(path), line=line) from None
    except ValueError as error:  # e.g. an integer with thousands of digits
        raise DataError(f"this is not valid JSON ({error}).", path=str(path), line=line) from None


def _object(item: Any, path: Path, line: int | None, place: int | None = None) -> Row:
    if isinstance(item, dict):
        return item
    where = f"entry {place}" if place else "this line"
    raise DataError(
        f"{where} is a {type(item).__name__}; an object with named fields is needed.",
        path=str(path),
        line=line,
    )


def _csv(path: Path, text: str, limit: int | None) -> tuple[list[Row], list[int]]:
    """Cells are text: CSV has no types, and 007 is not 7. A cell that is not there is None."""
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[Row] = []
    lines: list[int] = []
    try:
        header = next(reader, [])
        _no_repeats(header, path, 1)
        start = reader.line_num + 1
        for cells in reader:
            if limit is not None and len(rows) == limit:
                break
            if cells:
                if len(cells) > len(header):
                    raise DataError(
                        f"this line has {len(cells)} cells, the header has {len(header)}"
                        f"{_separator(header)}.",
                        path=str(path),
                        line=start,
                    )
                rows.append(dict(zip(header, cells, strict=False)))
                lines.append(start)
            start = reader.line_num + 1
    except csv.Error as error:
        raise DataError(
            f"this is not valid CSV ({error}).", path=str(path), line=reader.line_num
        ) from None
    if rows and len(header) == 1 and _separator(header):
        raise DataError(f"the file has one column{_separator(header)}.", path=str(path), line=1)
    return rows, lines


def _separator(header: list[str]) -> str:
    if len(header) == 1 and any(mark in header[0] for mark in ";\t|"):
        return "; cells are separated by commas, and this header has none"
    return ""


def _parquet(path: Path, source: Any, limit: int | None) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(source)
        _no_repeats(list(file.schema_arrow.names), path, None)
        if limit is None:
            table = file.read()
        else:
            batches = []
            for batch in file.iter_batches(batch_size=limit):
                batches.append(batch)
                if sum(b.num_rows for b in batches) >= limit:
                    break
            table = pa.Table.from_batches(batches, file.schema_arrow).slice(0, limit)
        table.validate(full=True)  # text that is not UTF-8 shows here, not in the middle of a run
    except (pa.ArrowException, OSError, ValueError) as error:
        first = (str(error).splitlines() or [type(error).__name__])[0]
        raise DataError(f"this is not a readable parquet file ({first}).", path=str(path)) from None
    return table


def _no_repeats(columns: list[str], path: Path, line: int | None) -> None:
    if len(set(columns)) != len(columns):
        twice = next(c for c in columns if columns.count(c) > 1)
        raise DataError(f"the column '{twice}' appears twice.", path=str(path), line=line)
