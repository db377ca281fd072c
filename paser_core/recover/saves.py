"""Checkpoints of a training: one counts once it is whole, and only then the one before is taken away."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from paser_core.errors import RunError
from paser_core.workspace.files import disk_errors, write_file

_WHOLE = "whole.json"  # written last: a checkpoint without it was cut short
_NOT_WRITTEN = re.compile(r"PytorchStreamWriter|file write|No space|os error|unexpected pos")


@contextlib.contextmanager
def saving(place: Path) -> Iterator[None]:
    """Whatever the libraries raise on a full or unwritable disk becomes one sentence."""
    from safetensors import SafetensorError

    try:
        with disk_errors(place):
            yield
    except (SafetensorError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and not _NOT_WRITTEN.search(str(error)):
            raise
        said = (str(error).splitlines() or [""])[0][:200]
        raise RunError(
            f"{place}: this cannot be written ({said}). Free some space or choose another folder with "
            "--out, then start the same command again; it resumes."
        ) from error


def make_whole(place: Path, history: Mapping[str, Any]) -> None:
    """Say of a checkpoint that all of it is on the disk, and take the others away.

    Args:
        place: the checkpoint, whose files are written.
        history: what is kept beside it.
    """
    sizes = {}
    for file in sorted(place.iterdir()):
        with file.open("rb") as opened:
            os.fsync(opened.fileno())
        sizes[file.name] = file.stat().st_size
    tree = {"sizes": sizes, "history": history}
    write_file(place / _WHOLE, json.dumps(tree).encode())
    for other in place.parent.glob("checkpoint-*"):
        if other != place:
            shutil.rmtree(other, ignore_errors=True)


def last_whole(folder: Path) -> Path | None:
    """The newest checkpoint that is whole; those that are not are taken away."""
    whole: dict[int, Path] = {}
    for place in folder.glob("checkpoint-*"):
        if _is_whole(place):
            whole[int(place.name.rpartition("-")[2])] = place
        else:
            shutil.rmtree(place, ignore_errors=True)
    return whole[max(whole)] if whole else None


def history_of(place: Path) -> dict[str, Any]:
    """What is kept beside a whole checkpoint."""
    return dict(json.loads((place / _WHOLE).read_text())["history"])


def _is_whole(place: Path) -> bool:
    try:
        sizes = json.loads((place / _WHOLE).read_text())["sizes"]
        return all((place / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError, KeyError):
        return False
