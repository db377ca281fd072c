"""The files of an export folder, for those who write them and those who read them.

Never left out are ``scores.parquet`` and ``clusters.json``: an export is told by them, and compared by
them. Without the scores, the first keeps the columns that this needs.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class ExportFile(StrEnum):
    """Every file of an export."""

    TRAIN = "train.jsonl"
    PARQUET = "train.parquet"
    SCORES = "scores.parquet"
    REJECTED = "rejected.jsonl"
    CLUSTERS = "clusters.json"
    DATASET_INFO = "dataset_info.json"
    AXOLOTL = "axolotl.yaml"
    TRL = "trl_sft.yaml"
    SELECTION = "selection.yaml"
    CARD = "README.md"
    MANIFEST = "manifest.json"


# Of ``scores.parquet``: what was selected out of what. All else in it is a score or explains one.
MEMBERSHIP = ("id", "status", "rank", "cluster")


class Part(StrEnum):
    """What may be left out of an export."""

    SCORES = "scores"  # the columns of scores.parquet beyond MEMBERSHIP
    REJECTED = "rejected"
    TRAINERS = "trainers"


_FILES: dict[Part, tuple[ExportFile, ...]] = {
    Part.SCORES: (),
    Part.REJECTED: (ExportFile.REJECTED,),
    Part.TRAINERS: (ExportFile.DATASET_INFO, ExportFile.AXOLOTL, ExportFile.TRL),
}


def files_of(parts: Iterable[Part]) -> frozenset[ExportFile]:
    """The files that are not there without these parts."""
    return frozenset(name for part in parts for name in _FILES[part])
