"""Uploaded files: kept under the name of their content, wherever the browser says they come from."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from pathlib import Path, PurePosixPath

from dashboard.jobs.folders import UPLOADS
from paser_core.errors import DataError
from paser_core.records.files import ending_of, unknown_ending
from paser_core.runs.store import disk_errors
from paser_core.workspace import paths

_DIGITS = 12  # of the sha256 in the name: no two files of a team will share them
_LONGEST = 60


def keep_upload(name: str, content: bytes | memoryview, folder: Path) -> Path:
    """Write an upload to ``folder/uploads/<sha256>-<name>``; the same content is written once.

    Args:
        name: what the browser calls the file. Not trusted: only its ending and harmless characters
            of its last part are used.
        content: its bytes.
        folder: the folder for new runs.

    Raises:
        DataError: the ending is unknown.
        RunError: the disk is full or cannot be written.
    """
    last = PurePosixPath(name.replace("\\", "/")).name
    ending = ending_of(last)
    if ending is None:
        raise DataError(unknown_ending(last), path=last[:80])
    stem = re.sub(r"[^A-Za-z0-9._-]+", "_", last[: -len(ending)]).strip("._-")
    digest = hashlib.sha256(content).hexdigest()[:_DIGITS]
    target = folder / UPLOADS / f"{digest}-{stem[:_LONGEST] or 'data'}{ending}"
    with disk_errors(target):
        if paths.is_file(target):
            return target
        target.parent.mkdir(parents=True, exist_ok=True)
        # A name of its own: two browsers may send the same file at the same time.
        number, temporary = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=".tmp")
        try:
            with os.fdopen(number, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(target)
        finally:
            Path(temporary).unlink(missing_ok=True)
    return target


def original_name(path: Path) -> str:
    """The name of an upload without the digits before it."""
    return re.sub(rf"^[0-9a-f]{{{_DIGITS}}}-", "", path.name)
