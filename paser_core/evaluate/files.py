"""Text files that tasks read, plain or packed with gzip."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

from paser_core.errors import DataError, nearest
from paser_core.workspace import paths

_LARGEST = 2**31  # bytes; it is read as a whole


def read_text(path: Path) -> str:
    """The text of a file as it is; one whose name ends in .gz is unpacked.

    Raises:
        DataError: there is none, it is empty, too large, damaged or not UTF-8.
    """
    name = str(path)
    if paths.is_folder(path):
        raise DataError("this is a folder; name a file in it.", path=name)
    if not paths.is_file(path):
        siblings = [p.name for p in paths.entries(path.parent)]
        raise DataError(
            f"there is no such file.{nearest(path.name, siblings)} Check the path.", path=name
        )
    try:
        if path.suffix == ".gz":
            with gzip.open(path) as file:
                content = file.read(_LARGEST + 1)
        else:
            with path.open("rb") as file:
                content = file.read(_LARGEST + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"it cannot be read ({error}); copy it again.", path=name) from error
    if len(content) > _LARGEST:
        raise DataError(f"it has more than {_LARGEST:,} bytes; give a part of it.", path=name)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DataError(f"it is not UTF-8 ({error}); save it as UTF-8.", path=name) from error
    if not text.strip():
        raise DataError("it is empty; give a file with text.", path=name)
    return text
