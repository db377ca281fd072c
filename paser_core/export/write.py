"""Write the export folder beside its place, check it by reading it back, then put it there."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from paser_core import __version__
from paser_core.errors import ExportError
from paser_core.export import audit, readback, trainers
from paser_core.export.formats import TrainingRows, training_rows
from paser_core.export.selection_yaml import ExportConfig, dump_selection
from paser_core.export.trainfiles import jsonl, parquet, training_table
from paser_core.notices import Notice
from paser_core.problems import nothing_measured
from paser_core.runs import Run
from paser_core.selection import ConflictTable, Selection, Setting
from paser_core.selection.export_files import MEMBERSHIP, ExportFile, Part, files_of
from paser_core.workspace import paths
from paser_core.workspace.files import Hashed, write_hashed
from paser_core.workspace.kinds import FolderKind
from paser_core.workspace.staging import Staging, publish, recover

KIND = FolderKind.EXPORT
_AS_USUAL = ExportConfig()
Content = bytes | Iterable[bytes]  # of a file: whole, or piece by piece


@dataclass(frozen=True)
class ExportSummary:
    """What was written, what was checked, and what a reader has to know of it."""

    folder: Path
    files: dict[str, int]  # name -> bytes
    checks: tuple[str, ...]  # sentences, all of them passed
    notices: tuple[Notice, ...] = ()  # what the format cannot carry, …


def write_export(
    run: Run,
    selection: Selection,
    setting: Setting,
    out: Path,
    export: ExportConfig = _AS_USUAL,
) -> ExportSummary:
    """Write the export folder ``out``; an export that is already there is replaced in one step.

    Args:
        run: what was selected from.
        selection: what was selected.
        setting: what it was selected with.
        out: the folder, which may be new, empty or an earlier export.
        export: format, parts that are left out, names of clusters.

    Raises:
        RunError: a file of the run is not the one that was written.
        ExportError: nothing is selected, ``out`` holds something that no export wrote, the disk is
            full, or what was written does not read back. Nothing half-written remains; what a kill
            leaves behind is put right by the next export to the same place.
    """
    if not selection.ranking.candidates.usable.any():
        raise ExportError(nothing_measured(run.n, run.reasons))
    if not selection.n_selected:
        raise ExportError("Nothing is selected, so there is nothing to export. Raise the budget.")
    run.check_content()  # nobody trains on what a disk has made of a run
    try:
        out = out.resolve()  # "." has no name
        recover(out)
        _reject_foreign(out)
        out.parent.mkdir(parents=True, exist_ok=True)
        with Staging.beside(out) as staging:
            staging.new.mkdir()
            summary = _fill(staging, run, selection, setting, export)
            publish(staging, out)
    except OSError as error:
        raise ExportError(
            f"{out}: this cannot be written ({error.strerror}). Free some space, or choose another folder."
        ) from error
    return replace(summary, folder=out)


def _fill(
    staging: Staging, run: Run, selection: Selection, setting: Setting, export: ExportConfig
) -> ExportSummary:
    """Write and check every file of the export in ``staging.new``."""
    folder, sizes, sums = staging.new, {}, {}

    def write(name: str, content: Content) -> None:
        parts = [content] if isinstance(content, bytes) else content

        def fill(file: Hashed) -> None:
            for part in parts:
                file.write(part)

        told = write_hashed(folder / name, fill)
        sizes[str(name)], sums[str(name)] = told["size"], told["sha256"]

    made = training_rows(run, selection.rows, export.format)
    for name, content in _training_files(made).items():
        write(name, content)
    told = readback.as_a_trainer_reads(folder, staging.path / "cache", made)
    made = replace(made, notices=(*made.notices, *told))
    write(ExportFile.SELECTION, dump_selection(run, setting, export).encode())
    for name, content in _contents(run, selection, export, made).items():
        write(name, content)
    manifest = {
        "kind": KIND,
        "version": __version__,
        "run": run.fingerprint,
        "data": run.data,
        "selector": selection.ranking.selector,
        "score": audit.score_facts(selection),
        "format": str(export.format),
        "template": (run.manifest.get("models") or {}).get("template"),
        "notices": [notice.to_tree() for notice in made.notices],
        "files": dict(sorted(sums.items())),
    }
    write(ExportFile.MANIFEST, _json(manifest))
    checks = readback.check(folder, run, selection, made, export.without)
    return ExportSummary(folder, dict(sorted(sizes.items())), checks, made.notices)


def archive(folder: Path) -> bytes:
    """The export folder as a zip; equal folders give equal bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for path in sorted(folder.iterdir()):
            info = zipfile.ZipInfo(f"{folder.name}/{path.name}", (1980, 1, 1, 0, 0, 0))
            file.writestr(info, path.read_bytes(), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _reject_foreign(out: Path) -> None:
    if not paths.exists(out):
        return
    if paths.is_folder(out) and not any(out.iterdir()):
        return
    try:
        manifest = json.loads((out / ExportFile.MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        manifest = {}
    if manifest.get("kind") != KIND:
        raise ExportError(
            f"{out}: this is there already and is not an export; it is left alone. Choose a new "
            "folder."
        )
    # A trainer may have been started in the folder: what it wrote there is nobody's to remove.
    ours = {*manifest.get("files", {}), ExportFile.MANIFEST}
    foreign = sorted(p.name for p in out.iterdir() if p.name not in ours)
    if foreign:
        raise ExportError(
            f"{out}: the export there would be replaced, but it holds {foreign[0]}"
            f"{f' and {len(foreign) - 1} more' if foreign[1:] else ''}, which no export wrote. Move "
            "it away, or choose a new folder."
        )


def _training_files(made: TrainingRows) -> dict[str, Content]:
    return {
        ExportFile.TRAIN: jsonl(made.rows),
        ExportFile.PARQUET: parquet(training_table(made.rows)),
    }


def _contents(
    run: Run, selection: Selection, export: ExportConfig, made: TrainingRows
) -> dict[str, Content]:
    """The files beside the training files."""
    table = ConflictTable.of(selection.ranking)
    scores = audit.scores(run, selection, table)
    if Part.SCORES in export.without:
        scores = scores.select(list(MEMBERSHIP))
    files: dict[str, Content] = {
        ExportFile.SCORES: parquet(scores),
        ExportFile.REJECTED: jsonl(audit.rejected(run, selection, table)),
        ExportFile.CLUSTERS: _json(audit.clusters(run, selection, export.names_on(run))),
        ExportFile.CARD: trainers.card(run, selection, made, export.without).encode(),
    }
    if not made.conversational:
        files[ExportFile.DATASET_INFO] = _json(trainers.dataset_info(made))
        files[ExportFile.AXOLOTL] = trainers.axolotl(made).encode()
    if export.format in trainers.FOR_TRL:
        files[ExportFile.TRL] = trainers.trl_sft().encode()
    left_out = files_of(export.without)
    return {name: content for name, content in files.items() if name not in left_out}


def _json(tree: Any) -> bytes:
    return (json.dumps(tree, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()
