"""json, jsonl, csv, tsv and parquet files, plain or packed."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path, PurePath

from paser_core.config import DataConfig, OnError
from paser_core.errors import DataError
from paser_core.records import limits
from paser_core.records.lines import Found, read_json, read_lines
from paser_core.records.packed import PACKED, decode, is_plain, unpack
from paser_core.records.sheets import read_csv
from paser_core.records.source import Source
from paser_core.records.tables import read_parquet
from paser_core.workspace import paths

_LINES = (".jsonl", ".ndjson")
_TEXTS = (".jsonl", ".ndjson", ".json", ".csv", ".tsv")
ENDINGS = (*_TEXTS, ".parquet", *(f"{kind}{packed}" for packed in PACKED for kind in _TEXTS))
_LISTED = f"{', '.join((*_TEXTS, '.parquet'))}, also with {' or '.join(PACKED)} behind"
_HEAD = 8 * 2**20  # bytes read for a preview of a file made of lines
_LARGEST = 8 * 2**30  # bytes of a file; it is read as a whole


def ending_of(name: str) -> str | None:
    """The ending that says what a file is, ``.jsonl.gz`` for one; None where that is not known."""
    lower = PurePath(name).name.lower()
    fits = (e for e in ENDINGS if lower.endswith(e) and len(lower) > len(e))
    return max(fits, key=len, default=None)


def unknown_ending(name: str) -> str:
    """What to say of a file whose ending is not known."""
    ending = PurePath(name).suffix.lower()[:20] or "(nothing)"
    return f"files ending in '{ending}' are not known; accepted: {_LISTED}, or a Hugging Face data set."


def read_file(path: Path, config: DataConfig) -> Source:
    """Read a file; with ``config.limit`` nothing after the first so many rows is looked at.

    Raises:
        DataError: its ending is unknown, or it cannot be read, decoded or parsed.
    """
    kind = _kind(path)
    if paths.size(path) > _LARGEST:
        raise limits.too_large("the file", str(path))
    try:
        read = _by_lines(path, config) if ending_of(path.name) in _LINES else None
        content = path.read_bytes() if read is None else b""
    except OSError as error:
        raise _unreadable(path, error) from error
    if read is not None:
        return read
    if not content.strip():
        raise _empty(path)
    digest = hashlib.sha256(content).hexdigest()
    if kind == ".parquet":
        table = read_parquet(path, content, config.limit)
        return Source.of_table(str(path), digest, table)
    if path.suffix.lower() in PACKED:
        content = unpack(path, content)
    return _text(path, kind, digest, content, config, config.limit)


def read_head(path: Path, limit: int, config: DataConfig) -> Source:
    """The first rows of a file of any size, without a hash: what a preview needs.

    Raises:
        DataError: as :func:`read_file`, as far as the file was read.
    """
    kind = _kind(path)
    whole = kind == ".json"  # its end belongs to its start
    try:
        if kind == ".parquet":
            return Source.of_table(str(path), "", read_parquet(path, None, limit))
        if whole and paths.size(path) > _LARGEST:
            raise limits.too_large("the file", str(path))
        if path.suffix.lower() in PACKED:
            with path.open("rb") as file:
                packed = file.read() if whole else file.read(_HEAD)
            content = unpack(path, packed, None if whole else _HEAD, cut=len(packed) == _HEAD)
            more = not whole and (len(content) >= _HEAD or len(packed) == _HEAD)
        else:
            with path.open("rb") as file:
                content = file.read() if whole else file.read(_HEAD)
                more = not whole and bool(file.read(1))
        if more:  # leave out the line cut short
            content = content[: content.rfind(b"\n") + 1] or content
    except OSError as error:
        raise _unreadable(path, error) from error
    if not content.strip():
        raise _empty(path)
    return _text(path, kind, "", content, config, limit)


def _by_lines(path: Path, config: DataConfig) -> Source | None:
    """Read JSON lines without holding the file; None where it is not plainly that."""
    digest = hashlib.sha256()
    errors = "surrogateescape" if config.on_error is OnError.SKIP else "strict"
    with path.open("rb") as file:
        if not is_plain(file.read(_HEAD)):
            return None
        file.seek(0)

        def lines() -> Iterator[str]:
            for line in file:
                digest.update(line)
                yield line.decode("utf-8", errors)

        try:
            found = read_lines(path, lines(), config, config.limit)
        except UnicodeDecodeError:  # said by whoever looks at the whole
            return None
        for block in iter(partial(file.read, 2**20), b""):  # behind the limit
            digest.update(block)
    return _source(path, digest.hexdigest(), found)


def _text(
    path: Path, kind: str, digest: str, content: bytes, config: DataConfig, limit: int | None
) -> Source:
    if not content.strip():
        raise _empty(path)
    text = decode(path, content, config)
    read = read_csv if kind in (".csv", ".tsv") else read_json
    return _source(path, digest, read(path, kind, text, config, limit))


def _source(path: Path, digest: str, found: Found) -> Source:
    if not found.rows and found.skipped:
        raise DataError(
            f"none of {len(found.skipped):,} lines can be read. Correct them, or name another "
            f"file. The first: {found.skipped[0]}",
            path=str(path),
        )
    return Source.of_rows(
        str(path),
        digest,
        found.rows,
        found.lines,
        texts=found.texts,
        problems=found.problems,
        notices=tuple(found.notices),
    )


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


def _kind(path: Path) -> str:
    """What a file is, without how it is packed."""
    ending = ending_of(path.name)
    if ending is None:
        raise DataError(unknown_ending(path.name), path=str(path))
    return next(
        kind
        for kind in (*_TEXTS, ".parquet")
        if ending.startswith(kind) and (ending == kind or ending[len(kind) :] in PACKED)
    )


def _unreadable(path: Path, error: OSError) -> DataError:
    return DataError(
        f"the file cannot be read ({error.strerror}). Name a file that you may read.",
        path=str(path),
    )


def _empty(path: Path) -> DataError:
    return DataError(
        "the file is empty; there is nothing to select from. Name another one.", path=str(path)
    )
