"""Where a training keeps its state, and how its result is put in place."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from paser_core.recover.outcome import RECOVERY
from paser_core.workspace.checkpoints import Checkpoints
from paser_core.workspace.files import digest_of_file, disk_errors, sync
from paser_core.workspace.store import PARTS, Store

_CONFIG = "config.json"  # published last: without it the folder is no model


def folder_of(store: Store, key: str) -> Path:
    """Where the state of the training of this key is kept; that of another is taken away."""
    parts = store.path(PARTS)
    folder = parts / f"training-{key}"
    for other in parts.glob("training-*"):
        if other != folder:
            shutil.rmtree(other, ignore_errors=True)
    with disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    return folder


def publish(checkpoints: Checkpoints, place: Path, facts: dict[str, Any]) -> Sequence[str]:
    """Move the files of a model into the folder, the one last that makes it a model; returns their names.

    Args:
        checkpoints: of the folder.
        place: where the files are; on the same disk.
        facts: for recovery.json.
    """
    store = checkpoints.store
    files = (str(p.relative_to(place)) for p in place.rglob("*") if p.is_file())
    names = sorted(files, key=lambda name: (name == _CONFIG, name))
    checkpoints.manifest["publishing"] = names
    checkpoints.save()
    store.write_json(RECOVERY, facts)
    with disk_errors(store.folder):
        for name in names:
            store.written[name] = digest_of_file(place / name)
            with (place / name).open("rb") as file:
                os.fsync(file.fileno())
            store.path(name).parent.mkdir(exist_ok=True)
            (place / name).replace(store.path(name))
        sync(store.folder)
    del checkpoints.manifest["publishing"]
    return names


def withdraw(checkpoints: Checkpoints) -> None:
    """Take away what an earlier start had published of a model before it was killed."""
    store = checkpoints.store
    with disk_errors(store.folder):
        for name in checkpoints.manifest.pop("publishing", ()):
            store.path(name).unlink(missing_ok=True)
