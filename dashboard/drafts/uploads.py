"""Uploaded files: kept under the name of their content, wherever the browser says they come from."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path, PurePosixPath

from dashboard.jobs.folders import UPLOADS
from paser_core.errors import DataError
from paser_core.records.files import ending_of, unknown_ending
from paser_core.workspace import paths
from paser_core.workspace.files import disk_errors, sweep, write_file

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
        sweep(target.parent)
        if not paths.is_file(target):
            write_file(target, content)
    return target


def original_name(path: Path) -> str:
    """The name of an upload without the digits before it."""
    return re.sub(rf"^[0-9a-f]{{{_DIGITS}}}-", "", path.name)
