"""Files and data sets to plain rows, each with the line it came from."""

from __future__ import annotations

import csv
import difflib
import hashlib
import io
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paser_core.config import DataConfig
from paser_core.errors import DataError

ENDINGS = (".jsonl", ".json", ".csv", ".parquet")
Row = dict[str, Any]


@dataclass(frozen=True)
class Source:
    """Rows as they were found."""

    rows: list[Row]
    lines: list[int] | None  # the line each row came from, where the format has lines
    sha256: str  # of the content
    name: str


def read_source(config: DataConfig) -> Source:
    """Read a file, a local data-set folder, or a hub data set.

    Raises:
        DataError: it does not exist, cannot be read or decoded, or has no rows.
    """
    if not config.path:
        raise DataError(
            "data.path is missing: name a json, jsonl, csv or parquet file, or a data set."
        )
    path = Path(config.path).expanduser()
    if path.is_file():
        source = _read_file(path)
    elif path.is_dir() or _looks_like_hub_name(config.path):
        source = _read_dataset(config)
    else:
        raise DataError(f"there is no such file.{_neighbours(path)}", path=str(path))
    if not source.rows:
        raise DataError("the data has no rows; there is nothing to select from.", path=source.name)
    if config.limit is not None:
        lines = source.lines[: config.limit] if source.lines is not None else None
        return Source(source.rows[: config.limit], lines, source.sha256, source.name)
    return source


def _read_file(path: Path) -> Source:
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise DataError(
            f"files ending in '{ending or '(nothing)'}' are not known; accepted: "
            f"{', '.join(ENDINGS)}, or a Hugging Face data set.",
            path=str(path),
        )
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"the file cannot be read ({error.strerror}).", path=str(path)) from error
    digest = hashlib.sha256(content).hexdigest()
    if not content.strip():
        raise DataError("the file is empty.", path=str(path))
    if ending == ".parquet":
        return Source(_parquet(path, content), None, digest, str(path))
    text = _decode(path, content)
    if ending == ".jsonl":
        rows, lines = _jsonl(path, text)
        return Source(rows, lines, digest, str(path))
    if ending == ".csv":
        rows, lines = _csv(path, text)
        return Source(rows, lines, digest, str(path))
    return Source(_json(path, text), None, digest, str(path))


def _decode(path: Path, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"the text is not UTF-8 (byte {error.start}). Save the file as UTF-8 and try again.",
            path=str(path),
            line=line,
        ) from None


def _jsonl(path: Path, text: str) -> tuple[list[Row], list[int]]:
    rows: list[Row] = []
    lines: list[int] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            rows.append(_object(_parse(path, line, number), path, number))
            lines.append(number)
    return rows, lines


def _json(path: Path, text: str) -> list[Row]:
    tree = _parse(path, text, None)
    if isinstance(tree, dict):
        lists = [v for v in tree.values() if isinstance(v, list)]
        if len(lists) != 1:
            raise DataError(
                "the JSON is one object; a list of objects is needed, or an object with one list "
                "in it (one object a line is .jsonl).",
                path=str(path),
            )
        tree = lists[0]
    if not isinstance(tree, list):
        raise DataError(
            f"the JSON is a {type(tree).__name__}; a list of objects is needed.", path=str(path)
        )
    return [_object(item, path, None, place) for place, item in enumerate(tree, start=1)]


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


def _csv(path: Path, text: str) -> tuple[list[Row], list[int]]:
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[Row] = []
    lines: list[int] = []
    try:
        header = next(reader, [])
        if len(set(header)) != len(header):
            twice = next(c for c in header if header.count(c) > 1)
            raise DataError(f"the column '{twice}' appears twice.", path=str(path), line=1)
        start = reader.line_num + 1
        for cells in reader:
            if cells:
                if len(cells) > len(header):
                    raise DataError(
                        f"this line has {len(cells)} cells, the header has {len(header)}.",
                        path=str(path),
                        line=start,
                    )
                cells += [""] * (len(header) - len(cells))
                rows.append(dict(zip(header, cells, strict=True)))
                lines.append(start)
            start = reader.line_num + 1
    except csv.Error as error:
        raise DataError(
            f"this is not valid CSV ({error}).", path=str(path), line=reader.line_num
        ) from None
    return rows, lines


def _parquet(path: Path, content: bytes) -> list[Row]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        rows: list[Row] = pq.read_table(pa.BufferReader(content)).to_pylist()
    except (pa.ArrowException, OSError, ValueError) as error:
        first = str(error).splitlines()[0]
        raise DataError(f"this is not a readable parquet file ({first}).", path=str(path)) from None
    return rows


def _looks_like_hub_name(name: str) -> bool:
    """``owner/name`` or ``name``: no ending we know, no more than one slash."""
    path = Path(name)
    return (
        path.suffix.lower() not in ENDINGS
        and name.count("/") <= 1
        and not name.startswith((".", "/", "~"))
        and not path.parent.is_dir() | (path.suffix != "")
    ) or (name.count("/") == 1 and not Path(name).parent.exists() and not path.suffix)


def _read_dataset(config: DataConfig) -> Source:
    assert config.path is not None
    local = Path(config.path).expanduser().is_dir()
    if local:
        # A local folder never needs the network; without this, `datasets` looks its name up.
        os.environ.setdefault("HF_DATASETS_OFFLINE", "1")
    import datasets

    datasets.disable_progress_bars()
    try:
        if (local and (Path(config.path) / "dataset_info.json").exists()) or (
            local and (Path(config.path) / "dataset_dict.json").exists()
        ):
            loaded = datasets.load_from_disk(config.path)
        else:
            loaded = datasets.load_dataset(config.path)
    except Exception as error:
        what = "folder cannot be read as a data set" if local else "data set cannot be loaded"
        hint = (
            "Put json, jsonl, csv or parquet files in it, or name one file."
            if local
            else "Check the name, or download it where there is a network and give the local path."
        )
        first = (str(error).splitlines() or [type(error).__name__])[0][:200]
        raise DataError(f"the {what} ({first}). {hint}", path=config.path) from error
    if isinstance(loaded, datasets.DatasetDict):
        if config.split not in loaded:
            raise DataError(
                f"there is no split '{config.split}'; this data set has: {', '.join(loaded)}. Set "
                "data.split.",
                path=config.path,
            )
        loaded = loaded[config.split]
    rows: list[Row] = loaded.to_list()
    digest = hashlib.sha256()
    for row in rows:
        digest.update(json.dumps(row, sort_keys=True, default=str, ensure_ascii=True).encode())
    return Source(rows, None, digest.hexdigest(), config.path)


def _neighbours(path: Path) -> str:
    folder = path.parent
    if not folder.is_dir():
        return f" There is no folder {folder} either."
    near = difflib.get_close_matches(path.name, [p.name for p in folder.iterdir()], n=1, cutoff=0.4)
    return f" Did you mean '{folder / near[0]}'?" if near else ""
