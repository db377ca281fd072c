"""What goes into the export folder beside the training file, and what of it may be left out.

Never left out are ``scores.parquet`` and ``clusters.json``: an export is told by them, and compared by
them (``compare.sources``). Without the scores, the first keeps the columns that this needs.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

TRAIN, PARQUET = "train.jsonl", "train.parquet"
DATASET_INFO, AXOLOTL, TRL = "dataset_info.json", "axolotl.yaml", "trl_sft.yaml"
SCORES, REJECTED = "scores.parquet", "rejected.jsonl"

# Of ``scores.parquet``: what was selected out of what. All else in it is a score or explains one.
MEMBERSHIP = ("id", "status", "rank", "cluster")


class Part(StrEnum):
    """What may be left out of an export."""

    SCORES = "scores"  # the columns of scores.parquet beyond MEMBERSHIP
    REJECTED = "rejected"
    TRAINERS = "trainers"


_FILES = {
    Part.SCORES: (),
    Part.REJECTED: (REJECTED,),
    Part.TRAINERS: (DATASET_INFO, AXOLOTL, TRL),
}


def files_of(parts: Iterable[Part]) -> frozenset[str]:
    """The names of the files that are not there without these parts."""
    return frozenset(name for part in parts for name in _FILES[part])
