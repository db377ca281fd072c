"""Files packed with gzip or zstandard, and bytes as text."""

from __future__ import annotations

import gzip
import io
import zlib
from pathlib import Path
from typing import Any

from paser_core.config import DataConfig, OnError
from paser_core.errors import DataError
from paser_core.records import limits

PACKED = (".gz", ".zst")
_STEP = 2**20  # bytes at once


def unpack(path: Path, content: bytes, most: int | None = None, *, cut: bool = False) -> bytes:
    """The bytes in a packed file; with ``most`` no more than the first so many.

    Args:
        path: of the file; its ending says how it is packed.
        content: its bytes.
        most: bytes that are enough; None: all.
        cut: whether only the start of the file was read, so that it may end anywhere.

    Raises:
        DataError: it is not what its ending says, it was cut off, or unpacked it is too large.
    """
    largest = limits.unpacked(len(content))
    parts = []
    size = 0
    try:
        with _stream(path, content) as stream:
            while part := stream.read(_STEP):
                parts.append(part)
                size += len(part)
                if most is not None and size >= most:
                    break
                if size > largest:
                    raise DataError(
                        f"unpacked, the file has more than {largest:,} bytes, from {len(content):,} "
                        "packed ones. Unpack it yourself if it is what you mean to read.",
                        path=str(path),
                    )
    except (OSError, EOFError, zlib.error, ValueError) as error:
        if cut and parts:
            return b"".join(parts)
        raise DataError(
            f"this is not a whole {path.suffix.lower()} file ({str(error)[:200]}). Pack it again, or "
            "name the unpacked file.",
            path=str(path),
        ) from None
    return b"".join(parts)


def _stream(path: Path, content: bytes) -> Any:
    if path.suffix.lower() == ".gz":
        return gzip.GzipFile(fileobj=io.BytesIO(content))
    import pyarrow as pa

    return pa.CompressedInputStream(pa.BufferReader(content), "zstd")


def decode(path: Path, content: bytes, config: DataConfig) -> str:
    """Bytes as text: UTF-8, or UTF-16 as spreadsheets write it; without the mark at the start.

    Where broken lines are skipped, what is no text becomes characters that make its row invalid.

    Raises:
        DataError: it is neither.
    """
    if content[:2] in (b"\xff\xfe", b"\xfe\xff") or _is_wide(content):
        name = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-16-le"
        try:
            return content.decode(name)
        except UnicodeDecodeError:
            raise DataError(
                "the text starts as UTF-16 and is none. Save the file as UTF-8 and try again.",
                path=str(path),
            ) from None
    lenient = config.on_error is OnError.SKIP
    try:
        return content.decode("utf-8-sig", "surrogateescape" if lenient else "strict")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"the text is not UTF-8 (byte {error.start}, counted from 0). Save the file as UTF-8 "
            "(in a spreadsheet: CSV UTF-8) and try again.",
            path=str(path),
            line=line,
        ) from None


def is_plain(start: bytes) -> bool:
    """Whether a file begins as UTF-8 without a mark, and with an object."""
    marked = start[:2] in (b"\xff\xfe", b"\xfe\xff") or start[:3] == b"\xef\xbb\xbf"
    return not marked and not _is_wide(start) and start.lstrip()[:1] == b"{"


def _is_wide(content: bytes) -> bool:
    """UTF-16 without a mark: the start of a file of samples is ASCII, so each second byte is 0."""
    start = content[:40]
    return len(start) >= 4 and not any(start[1::2]) and all(start[0::2])
