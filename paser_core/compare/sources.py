"""What was selected out of what: the common form of a selection and an export."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from paser_core.compare.texts import texts_of_export, texts_of_run
from paser_core.errors import ExportError, first_line
from paser_core.runs import Run
from paser_core.selection import Selection, Status
from paser_core.selection.export_files import MEMBERSHIP, ExportFile
from paser_core.workspace import paths
from paser_core.workspace.staging import recover


@dataclass(frozen=True)
class Chosen:
    """Selected samples by id, and the data set they were selected from."""

    label: str
    ids: tuple[str, ...]  # selected, in order of acceptance
    universe: tuple[str, ...]  # (n,) every sample, in data-set order
    labels: NDArray[np.int32]  # (n,) cluster, -1 for none
    usable: NDArray[np.bool_]  # (n,) could have been selected
    names: tuple[str, ...]  # (K,) of the clusters
    data: Mapping[str, str] | None = None  # ``Run.data``; None where it was not recorded
    find_texts: Callable[[], Mapping[str, bytes]] = field(default=dict, repr=False, compare=False)

    @property
    def n(self) -> int:
        """Selected samples."""
        return len(self.ids)

    @cached_property
    def cluster_of(self) -> dict[str, int]:
        """Cluster number of every sample by id; -1 for none."""
        return dict(zip(self.universe, self.labels.tolist(), strict=True))

    @cached_property
    def texts(self) -> Mapping[str, bytes]:
        """A digest of the text by id, where it is known: of all samples of a run, of those that an
        export selected. Read on first use.

        Raises:
            ExportError: the training rows of the export are damaged.
        """
        return self.find_texts()


def chosen(
    run: Run, rows: Selection | NDArray[np.int64], label: str, names: Sequence[str] | None = None
) -> Chosen:
    """A selection, or rows of a run in order.

    Args:
        run: an open run.
        rows: a selection of it, or row numbers in order of acceptance.
        label: what the selection is called.
        names: ``(K,)`` what people call the clusters; None: the run's names.
    """
    taken = rows.rows if isinstance(rows, Selection) else rows
    ids = run.ids
    return Chosen(
        label,
        tuple(ids[row] for row in taken),
        ids,
        run.labels,
        run.valid & (run.labels >= 0),
        tuple(names if names is not None else run.names),
        run.data,
        partial(texts_of_run, run),
    )


def is_export(folder: Path) -> bool:
    """Whether an export is there; one whose exchange was cut short is put right first."""
    recover(folder)
    return paths.is_file(folder / ExportFile.SCORES)


def read_export(folder: Path, label: str | None = None) -> Chosen:
    """The selection in an export folder; it is called as the folder if there is no ``label``.

    Raises:
        ExportError: the files are missing, damaged, or not those of an export.
    """
    recover(folder)  # a kill may have left it aside
    missing = [
        name
        for name in (ExportFile.SCORES, ExportFile.CLUSTERS)
        if not paths.is_file(folder / name)
    ]
    if missing:
        raise ExportError(
            f"{folder}: this is not an export folder ({' and '.join(missing)} not found). "
            "Make one with: paser select RUN --out DIR"
        )
    try:
        scores = pq.read_table(folder / ExportFile.SCORES, columns=list(MEMBERSHIP))
        tree = json.loads((folder / ExportFile.CLUSTERS).read_text(encoding="utf-8"))
        clusters = {int(entry["cluster"]): str(entry["name"]) for entry in tree}
        ids = np.array(list(map(str, scores["id"].to_pylist())), object)
        ranks = np.array([r or 0 for r in scores["rank"].to_pylist()], np.int64)
        labels = np.array(scores["cluster"].to_pylist(), np.int32)
        invalid = np.array(scores["status"].to_pylist(), object) == str(Status.INVALID)
        data = _data_of(folder)
    except (OSError, pa.ArrowException, ValueError, KeyError, TypeError) as error:
        raise ExportError(
            f"{folder}: the export cannot be read ({first_line(error).rstrip('.')}). Export the "
            "selection again."
        ) from error
    taken = np.flatnonzero(ranks)
    taken = taken[np.argsort(ranks[taken], kind="stable")]
    names = tuple(clusters.get(k, str(k)) for k in range(int(labels.max(initial=-1)) + 1))
    selected = tuple(ids[taken])
    return Chosen(
        label or folder.resolve().name,
        selected,
        tuple(ids),
        labels,
        (labels >= 0) & ~invalid,
        names,
        data,
        partial(texts_of_export, folder, selected),
    )


def _data_of(folder: Path) -> dict[str, str] | None:
    """What an export was selected from; None where its version did not record it."""
    if not paths.is_file(folder / ExportFile.MANIFEST):
        return None
    manifest = dict(json.loads((folder / ExportFile.MANIFEST).read_text(encoding="utf-8")))
    if "data" not in manifest:
        return None
    return {"sha256": str(manifest["data"]["sha256"]), **manifest["data"]}
