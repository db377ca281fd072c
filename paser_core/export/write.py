"""Write the export folder beside its place, check it by reading it back, then rename."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from paser_core import __version__, paths
from paser_core.errors import ExportError
from paser_core.export import trainers
from paser_core.export.content import (
    AXOLOTL,
    DATASET_INFO,
    MEMBERSHIP,
    REJECTED,
    SCORES,
    TRL,
    Part,
    files_of,
)
from paser_core.export.formats import training_rows
from paser_core.export.recipe import Recipe
from paser_core.records.offline import offline
from paser_core.run import Run
from paser_core.selection import Selection, Status, reason_of
from paser_core.selection.evidence import ConceptHistory, Evidence

_KIND = "paser-export"


@dataclass(frozen=True)
class ExportSummary:
    """What was written, and what was checked."""

    folder: Path
    files: dict[str, int]  # name -> bytes
    checks: tuple[str, ...]  # sentences, all of them passed


def write_export(run: Run, selection: Selection, recipe: Recipe, out: Path) -> ExportSummary:
    """Write the export folder ``out``; an export that is already there is replaced.

    Raises:
        ExportError: nothing is selected, ``out`` holds something that no export wrote, the disk is
            full, or what was written does not read back. Nothing half-written remains.
    """
    if not selection.n_selected:
        raise ExportError("Nothing is selected, so there is nothing to export. Raise the budget.")
    out = out.resolve()  # "." has no name
    _refuse_foreign(out)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    except OSError as error:
        raise ExportError(f"{out}: this cannot be written ({error.strerror}).") from error
    try:
        rows = training_rows(run, selection.rows, recipe.export_format)
        for name, content in _contents(run, selection, recipe, rows).items():
            (work / name).write_bytes(content)
        files = {p.name: p.stat().st_size for p in sorted(work.iterdir())}
        manifest = {
            "kind": _KIND,
            "version": __version__,
            "run": run.fingerprint,
            "data": run.data,
            "files": {n: hashlib.sha256((work / n).read_bytes()).hexdigest() for n in files},
        }
        content = _json(manifest)
        (work / "manifest.json").write_bytes(content)
        files["manifest.json"] = len(content)
        checks = _check(work, rows, selection, recipe.without)
        os.chmod(work, 0o755)  # noqa: PTH101 - mkdtemp made it private
        _replace(out, work)
    except OSError as error:
        raise ExportError(f"{out}: this cannot be written ({error.strerror}).") from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return ExportSummary(out, files, checks)


def _replace(out: Path, work: Path) -> None:
    """Put ``work`` where ``out`` is; what was there is removed last."""
    if not paths.exists(out):
        work.rename(out)
        return
    with tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=out.parent) as aside:
        old = Path(aside) / "old"
        out.rename(old)
        try:
            work.rename(out)
        except OSError:
            old.rename(out)
            raise


def archive(folder: Path) -> bytes:
    """The export folder as a zip; equal folders give equal bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for path in sorted(folder.iterdir()):
            info = zipfile.ZipInfo(f"{folder.name}/{path.name}", (1980, 1, 1, 0, 0, 0))
            file.writestr(info, path.read_bytes(), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _refuse_foreign(out: Path) -> None:
    if not paths.exists(out):
        return
    if paths.is_folder(out) and not any(out.iterdir()):
        return
    try:
        manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        manifest = {}
    if manifest.get("kind") != _KIND:
        raise ExportError(
            f"{out}: this is there already and is not an export; it is left alone. Choose a new "
            "folder."
        )
    # A trainer may have been started in the folder: what it wrote there is nobody's to remove.
    ours = {*manifest.get("files", {}), "manifest.json"}
    foreign = sorted(p.name for p in out.iterdir() if p.name not in ours)
    if foreign:
        raise ExportError(
            f"{out}: the export there would be replaced, but it holds {foreign[0]}"
            f"{f' and {len(foreign) - 1} more' if foreign[1:] else ''}, which no export wrote. Move "
            "it away, or choose a new folder."
        )


def _contents(
    run: Run, selection: Selection, recipe: Recipe, rows: list[dict[str, Any]]
) -> dict[str, bytes]:
    history = ConceptHistory(selection.walk)
    refused = np.flatnonzero(selection.status == Status.CONFLICT.code)
    evidence = {int(row): history.evidence(int(row)) for row in refused}
    scores = _scores(run, selection, evidence)
    if Part.SCORES in recipe.without:
        scores = scores.select(list(MEMBERSHIP))
    files = {
        trainers.TRAIN: _jsonl(rows),
        "train.parquet": _parquet(pa.Table.from_pylist(rows)),
        SCORES: _parquet(scores),
        REJECTED: _jsonl(_rejected(run, selection, evidence)),
        "clusters.json": _json(_clusters(run, selection, recipe.names_on(run))),
        DATASET_INFO: _json(trainers.dataset_info(recipe.export_format)),
        AXOLOTL: trainers.axolotl(recipe.export_format).encode(),
        "selection.yaml": recipe.dump().encode(),
        "README.md": trainers.card(run, selection, recipe.export_format, recipe.without).encode(),
    }
    if recipe.export_format in trainers.FOR_TRL:
        files[TRL] = trainers.trl_sft().encode()
    left_out = files_of(recipe.without)
    return {name: content for name, content in files.items() if name not in left_out}


def _scores(run: Run, selection: Selection, evidence: dict[int, Evidence | None]) -> pa.Table:
    walked = selection.walk
    rank = selection.rank
    cds = np.append(walked.cds, np.nan)[walked.candidates.labels]
    return pa.table(
        {
            "id": pa.array(run.samples["id"].tolist(), pa.string()),
            "status": pa.array([str(selection.status_of(r)) for r in range(run.n)]),
            "reason": pa.array([reason_of(selection, r, evidence.get(r)) for r in range(run.n)]),
            "rank": pa.array([int(r) or None for r in rank], pa.int32()),
            "cluster": pa.array(walked.candidates.labels, pa.int32()),
            "divergence": pa.array(walked.candidates.divergence, pa.float64()),
            "ies": pa.array(walked.ies, pa.float64()),
            "cds": pa.array(cds, pa.float64()),
        }
    )


def _rejected(
    run: Run, selection: Selection, evidence: dict[int, Evidence | None]
) -> list[dict[str, Any]]:
    ids = run.samples["id"].tolist()
    samples = {c: run.samples[c].tolist() for c in ("instruction", "input", "output")}
    entries = []
    for row, found in evidence.items():
        conflicts = found.conflicts if found else ()
        entries.append(
            {
                "id": ids[row],
                **{name: values[row] for name, values in samples.items()},
                "reason": reason_of(selection, row, found),
                "conflicts": [
                    {
                        "concepts": [c.first, c.second],
                        "brought_in_by": [ids[c.first_from], ids[c.second_from]],
                    }
                    for c in conflicts
                ],
                "accepted_without": list(found.without) if found else [],
            }
        )
    return entries


def _clusters(run: Run, selection: Selection, names: tuple[str, ...]) -> list[dict[str, Any]]:
    walked = selection.walk
    return [
        {
            "cluster": k,
            "name": names[k],
            "keywords": list(run.clusters["keywords"][k]),
            "size": int(walked.sizes[k]),
            "cds": float(walked.cds[k]),
            "seats": int(selection.allocated[k]),
            "selected": int(selection.accepted[k]),
            "refused": int(selection.refused[k]),
        }
        for k in range(run.n_clusters)
    ]


def _check(
    folder: Path, rows: list[dict[str, Any]], selection: Selection, without: Collection[Part]
) -> tuple[str, ...]:
    """Read everything back as a trainer would. Raises ExportError where it differs."""
    import datasets

    with tempfile.TemporaryDirectory() as cache, offline():
        loaded = datasets.load_dataset(
            "json", data_files=str(folder / trainers.TRAIN), split="train", cache_dir=cache
        ).to_list()
    _refuse_guessed_types(loaded, rows)
    _must(loaded == rows, "train.jsonl does not read back with `datasets` as it was written.")
    parquet = pq.read_table(folder / "train.parquet").to_pylist()
    _must(parquet == rows, "train.parquet does not read back as it was written.")
    scores = pq.read_table(folder / SCORES)
    _must(
        scores.num_rows == len(selection.status),
        "scores.parquet does not have one row for every sample.",
    )
    taken = [s in (Status.SELECTED, Status.FORCED_IN) for s in scores["status"].to_pylist()]
    _must(sum(taken) == len(rows), "scores.parquet and train.jsonl disagree on what is selected.")
    checks = [
        f"train.jsonl: {len(rows):,} rows, read back with `datasets`, equal row by row",
        f"train.parquet: {len(rows):,} rows, equal row by row",
        f"scores.parquet: one row for each of {scores.num_rows:,} samples, {sum(taken):,} selected",
    ]
    if Part.REJECTED not in without:
        # Counted by line feed, as readers of JSON lines do: a text may hold other line separators.
        refusals = (folder / REJECTED).read_bytes().count(b"\n")
        _must(refusals == selection.n_refused, "rejected.jsonl does not list every refusal.")
        checks.append(f"rejected.jsonl: all {refusals:,} refusals with evidence")
    return tuple(checks)


def _refuse_guessed_types(loaded: list[dict[str, Any]], rows: list[dict[str, Any]]) -> None:
    """Readers of JSON lines take a column for dates where every text in it looks like one."""
    for name, value in rows[0].items():
        if isinstance(value, str) and any(not isinstance(row.get(name), str) for row in loaded):
            raise ExportError(
                f"Every {name} of this selection looks like a date or a number, and `datasets` reads "
                "it as one, as a trainer would. Choose the format messages or sharegpt, where the "
                "texts stay texts, or a larger budget. Nothing was kept."
            )


def _must(holds: bool, sentence: str) -> None:
    if not holds:
        raise ExportError(
            f"The self-check failed: {sentence} Nothing was kept; please report this."
        )


def _jsonl(rows: list[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def _json(tree: Any) -> bytes:
    return (json.dumps(tree, indent=2, ensure_ascii=False) + "\n").encode()


def _parquet(table: pa.Table) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()
