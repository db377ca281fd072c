"""An export read back by whoever trains on it: its rows, and how they were chosen."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paser_core.compare import read_export
from paser_core.config import DataConfig, Template, read_yaml
from paser_core.errors import ExportError, PaserError
from paser_core.export.write import KIND
from paser_core.notices import Notice
from paser_core.records import read_records
from paser_core.selection.export_files import ExportFile
from paser_core.workspace import paths
from paser_core.workspace.files import digest_of_file
from paser_core.workspace.staging import recover

_EXPORT_AGAIN = "Export the selection again, or give its train.jsonl itself as the data."


@dataclass(frozen=True)
class Exported:
    """What a trainer needs of an export folder."""

    train: Path
    chosen: Mapping[str, Any]  # the selection: run, selector, setting, how many of how many
    template: Template | None  # the run was measured with it; None: it was not, or does not say
    notices: tuple[Notice, ...] = ()


def is_export_folder(folder: Path) -> bool:
    """Whether an export is there; one whose exchange was cut short is put right first."""
    recover(folder)
    return (_manifest_of(folder) or {}).get("kind") == KIND


def read_exported(folder: Path) -> Exported:
    """Look at an export: that its rows are those that were written, and samples of its pool.

    Raises:
        ConfigError: selection.yaml cannot be read.
        ExportError: the training file is not the one that was written, the files disagree, or ids that
            were selected are not in the pool.
    """
    manifest = _manifest_of(folder) or {}
    train = folder / ExportFile.TRAIN
    selected = read_export(folder)
    setting = read_yaml(folder / ExportFile.SELECTION).tree
    try:
        whole = digest_of_file(train)["sha256"] == manifest["files"][ExportFile.TRAIN]
        rows = train.read_bytes().count(b"\n")
    except (OSError, KeyError, TypeError) as error:
        raise ExportError(
            f"{folder}: the export cannot be read ({error}). {_EXPORT_AGAIN}"
        ) from error
    if not whole:
        raise ExportError(
            f"{train}: this is not the file that was exported (its content differs). {_EXPORT_AGAIN}"
        )
    ids = selected.ids
    if len(ids) != rows:
        raise ExportError(
            f"{folder}: {ExportFile.SCORES} has {len(ids):,} selected samples and {ExportFile.TRAIN} "
            f"{rows:,} rows. {_EXPORT_AGAIN}"
        )
    data = dict(manifest.get("data", {}))
    notices = _check_pool(folder, ids, data)
    template = manifest.get("template")
    chosen = {
        "export": str(folder),
        "run": manifest.get("run"),
        "selector": manifest.get("selector"),
        "selected": len(ids),
        "of": len(selected.universe),
        "pool": data,
        "setting": setting,
    }
    return Exported(train, chosen, None if template is None else Template(template), notices)


def _check_pool(folder: Path, ids: Sequence[str], data: Mapping[str, Any]) -> tuple[Notice, ...]:
    """See that what was selected is in the pool, where that is at hand.

    Raises:
        ExportError: ids are not in it.
    """
    pool = paths.home(str(data.get("source", "")))
    if not data.get("source") or not paths.is_file(pool):
        return ()
    try:
        records = read_records(DataConfig(path=str(pool)))
    except PaserError as error:  # e.g. its columns were named in the config of the run
        text = f"Whether the selected samples are in their pool was not looked at: {error}"
        return (Notice("pool-not-read", text),)
    if records.sha256 == data.get("sha256"):
        return ()
    known = set(records.frame["id"])
    missing = [name for name in ids if name not in known]
    if missing:
        raise ExportError(
            f"{folder}: {len(missing):,} of {len(ids):,} selected ids are not in the pool {pool} (e.g. "
            f"{missing[0]}): it has changed, or the export belongs to another. {_EXPORT_AGAIN}"
        )
    text = (
        f"The pool {pool} has changed since the selection was made; all {len(ids):,} selected ids are "
        "still in it, and the rows are those of the export."
    )
    return (Notice("pool-changed", text),)


def _manifest_of(folder: Path) -> dict[str, Any] | None:
    try:
        tree = json.loads((folder / ExportFile.MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return tree if isinstance(tree, dict) else None
