"""The texts of samples as digests: what tells two samples of one id apart.

A training row may have joined instruction and input (``export.formats``), so both sides join them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import pyarrow as pa
import pyarrow.parquet as pq

from paser_core.errors import ExportError
from paser_core.records.messages import message_text, speaker_of
from paser_core.runs import Run
from paser_core.selection.export_files import ExportFile
from paser_core.workspace import paths

_DIGEST = 16  # bytes

# Of the runs that are open: every knob that is moved makes another selection of the same run.
_OF_RUNS: WeakKeyDictionary[Run, Mapping[str, bytes]] = WeakKeyDictionary()


def texts_of_run(run: Run) -> Mapping[str, bytes]:
    """A digest of instruction, input and response of every sample, by id."""
    known = _OF_RUNS.get(run)
    if known is None:
        texts = run.columns("instruction", "input", "output")
        columns = (texts[name].tolist() for name in texts)
        known = dict(zip(run.ids, map(_of_fields, *columns), strict=True))
        _OF_RUNS[run] = known
    return known


def texts_of_export(folder: Path, ids: Sequence[str]) -> Mapping[str, bytes]:
    """The same of an export's selected samples, whose ``ids`` are given in order; empty without them.

    Raises:
        ExportError: the training rows are damaged, or not as many as the selected samples.
    """
    file = folder / ExportFile.PARQUET
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
    row = {name: _parsed(value) for name, value in row.items()}
    if "messages" in row or "conversations" in row:
        return _of_turns(row.get("messages") or row["conversations"])
    if isinstance(row.get("prompt"), list):
        return _of_turns([*row["prompt"], *row["completion"]])
    if "prompt" in row:
        return _digest(row["prompt"], row["completion"])
    return _of_fields(row["instruction"], row["input"] or "", row["output"])


def _parsed(value: Any) -> Any:
    """Messages that fit no column of one type are JSON text (``export.trainfiles``)."""
    return json.loads(value) if isinstance(value, str) and value.startswith('[{"') else value


def _of_turns(messages: Sequence[Mapping[str, Any]]) -> bytes:
    """Of the last answer of the assistant, and the last question before it."""
    turns = [_turn(message) for message in messages]
    answer = max(i for i, (speaker, text) in enumerate(turns) if speaker == "assistant" and text)
    questions = [text for speaker, text in turns[:answer] if speaker == "user"]
    return _digest(questions[-1], turns[answer][1])


def _turn(message: Mapping[str, Any]) -> tuple[str, str]:
    """Who speaks, and the text."""
    key = "role" if message.get("role") else "from"
    content = message.get("content") or message.get("value")
    return speaker_of(str(message.get(key)), key), message_text(content)


def _digest(question: str, response: str) -> bytes:
    # The length says where the question ends.
    content = f"{len(question)} {question}{response}".encode()
    return hashlib.blake2b(content, digest_size=_DIGEST).digest()
