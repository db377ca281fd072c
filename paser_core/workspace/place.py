"""The folder that work goes on in: there is one as soon as there is something to keep."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

from paser_core.errors import PaserError
from paser_core.workspace import paths
from paser_core.workspace.checkpoints import MANIFEST
from paser_core.workspace.files import disk_errors
from paser_core.workspace.lock import FolderLock
from paser_core.workspace.store import PARTS


@contextlib.contextmanager
def work_folder(out: Path) -> Iterator[None]:
    """Work in a folder, with its lock held; it is made where there is none.

    A folder that was made for this goes again where the work is refused before anything came of it.

    Raises:
        RunError: it cannot be made, or another process works in it.
    """
    fresh = not paths.exists(out)
    with disk_errors(out):
        out.mkdir(parents=True, exist_ok=True)
    with FolderLock(out):
        try:
            yield
        except PaserError:
            if fresh and not _has_results(out):
                shutil.rmtree(out, ignore_errors=True)
            raise


def free_bytes(path: Path) -> int:
    """What the disk has left on which ``path`` lies, or will lie."""
    there = next(place for place in (path, *path.absolute().parents) if paths.exists(place))
    return shutil.disk_usage(there).free


def _has_results(out: Path) -> bool:
    """Whether a stage was finished, or a part of one."""
    if any(paths.is_file(file) for file in (out / PARTS).rglob("*")):
        return True
    try:
        tree = json.loads((out / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False  # not even begun
    return bool(tree.get("stages"))
