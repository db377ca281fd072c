"""The texts of samples as digests: what tells two samples of one id apart.

A training row may have joined instruction and input (``export.formats``), so both sides join them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import pyarrow as pa
import pyarrow.parquet as pq

from paser_core import paths
from paser_core.errors import ExportError
from paser_core.run import Run

_TRAIN = "train.parquet"
_DIGEST = 16  # bytes

# Of the runs that are open: every knob that is moved makes another selection of the same run.
_OF_RUNS: WeakKeyDictionary[Run, Mapping[str, bytes]] = WeakKeyDictionary()


def texts_of_run(run: Run) -> Mapping[str, bytes]:
    """A digest of instruction, input and response of every sample, by id."""
    known = _OF_RUNS.get(run)
    if known is None:
        columns = (run.samples[c].tolist() for c in ("instruction", "input", "output"))
        known = dict(zip(run.ids, map(_of_fields, *columns), strict=True))
        _OF_RUNS[run] = known
    return known


def texts_of_export(folder: Path, ids: Sequence[str]) -> Mapping[str, bytes]:
    """The same of an export's selected samples, whose ``ids`` are given in order; empty without them.

    Raises:
        ExportError: the training rows are damaged, or not as many as the selected samples.
    """
    file = folder / _TRAIN
    if not paths.is_file(file):
        return {}
    try:
        rows = pq.read_table(file).to_pylist()
        return dict(zip(ids, map(_of_training_row, rows), strict=True))
    except (
        OSError,
        pa.ArrowException,
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
    ) as error:
        raise ExportError(
            f"{file}: these are not the texts of the {len(ids):,} selected samples of the export "
            "beside it. Export the selection again."
        ) from error


def _of_fields(instruction: str, text: str, response: str) -> bytes:
    return _digest(f"{instruction}\n\n{text}" if text.strip() else instruction, response)


def _of_training_row(row: Mapping[str, Any]) -> bytes:
    """Of a row in any of the formats that exports are written in."""
    if "messages" in row:
        question, answer = row["messages"]
        return _digest(question["content"], answer["content"])
    if "conversations" in row:
        question, answer = row["conversations"]
        return _digest(question["value"], answer["value"])
    if "prompt" in row:
        return _digest(row["prompt"], row["completion"])
    return _of_fields(row["instruction"], row["input"], row["output"])


def _digest(question: str, response: str) -> bytes:
    # The length says where the question ends.
    content = f"{len(question)} {question}{response}".encode()
    return hashlib.blake2b(content, digest_size=_DIGEST).digest()
