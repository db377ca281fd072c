"""What can be said about data, vectors and models before a run starts: facts, in sentences."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np

from dashboard import labels
from dashboard.drafts.side_process import said
from paser_core.config import DataConfig
from paser_core.errors import ModelError, PaserError
from paser_core.models.checkpoint import local_folder, weight_files
from paser_core.models.formats import unsupported_folder
from paser_core.records import Preview, read_records
from paser_core.workspace import paths

_SHOWN = 20  # problems of rows; the count says how many there are
_STAMPED = 5000  # files whose time and size are looked at
_CELL = 300  # characters of a cell; the sample panel shows the whole text, later


class Verdict(StrEnum):
    """What a sentence means for the start."""

    GOOD = "good"
    UNKNOWN = "unknown"  # will be seen when the run starts
    BAD = "bad"


@dataclass(frozen=True)
class Finding:
    """One sentence about something that was given."""

    verdict: Verdict
    sentence: str


@dataclass(frozen=True)
class RowProblem:
    """A row that cannot be used."""

    id: str
    problem: str


@dataclass(frozen=True)
class DataCheck:
    """Every row of the data, read as the run will read it."""

    rows: int
    valid: int
    problems: tuple[RowProblem, ...]  # the first of them
    notes: tuple[str, ...]
    error: str | None = None  # the data as a whole cannot be used; nothing else is known then


def check_data(config: DataConfig) -> DataCheck:
    """Read all of the data."""
    try:
        records = read_records(config)
    except PaserError as error:
        return DataCheck(0, 0, (), (), said(error))
    valid = records.valid
    bad = np.flatnonzero(~valid)[:_SHOWN]
    columns = zip(records.frame["id"].iloc[bad], records.frame["problem"].iloc[bad], strict=True)
    return DataCheck(
        rows=len(valid),
        valid=int(valid.sum()),
        problems=tuple(RowProblem(str(i), str(p)) for i, p in columns),
        notes=tuple(notice.text for notice in records.notices),
    )


def stamp_of(path: str) -> tuple[int, ...]:
    """Time and size of every file there: another tuple when one changes. Empty off this machine.

    Of a folder with thousands of files, of the first ones that the system names.
    """
    place = Path(path)
    if paths.is_folder(place):
        found = itertools.islice(place.rglob("*"), _STAMPED)
        files = sorted(p for p in found if paths.is_file(p))
    else:
        files = [place] if paths.is_file(place) else []
    return tuple(n for f in files for n in (f.stat().st_mtime_ns, f.stat().st_size))


def absolute(text: str, base: Path, *, local: bool = False) -> str:
    """What a person typed, as a path that means the same everywhere.

    Args:
        text: a path, relative to ``base``, or the name of something on the hub.
        base: a directory.
        local: it is a path, whether or not it exists. Else what does not exist may be a hub name.
    """
    text = text.strip()
    try:
        path = base / Path(text).expanduser()
        here = local or paths.exists(path) or text.startswith((".", "~", "/"))
    except (OSError, RuntimeError, ValueError):  # no such home, a NUL: said when it is read
        return text
    return str(path.absolute()) if text and here else text


def vector_columns(found: Preview) -> tuple[str, ...]:
    """The columns that hold a list of numbers in every row shown, all of one length."""
    return tuple(
        c for c in found.columns if found.rows and _are_vectors([r.get(c) for r in found.rows])
    )


def _are_vectors(cells: Sequence[Any]) -> bool:
    lengths = {len(cell) if isinstance(cell, list) else 0 for cell in cells}
    numbers = all(
        isinstance(v, int | float) and not isinstance(v, bool)
        for cell in cells
        if isinstance(cell, list)
        for v in cell
    )
    return len(lengths) == 1 and lengths != {0} and numbers


def cell_text(value: Any) -> str | None:
    """A cell as it was found, short enough for a table; None stays nothing."""
    if value is None or isinstance(value, str):
        return None if value is None else labels.excerpt(value, _CELL)
    if isinstance(value, list) and len(value) > 8 and _are_vectors([value]):
        return f"({len(value):,} numbers)"
    if isinstance(value, Mapping | list):
        return labels.excerpt(json.dumps(value, ensure_ascii=False, default=str), _CELL)
    return labels.excerpt(str(value), _CELL)


def check_vector_column(config: DataConfig, column: str) -> Finding:
    """Whether every row has a vector in a column."""
    try:
        vectors = read_records(config, vectors_column=column).vectors
    except PaserError as error:
        return Finding(Verdict.BAD, said(error))
    assert vectors is not None
    n, width = vectors.shape
    return Finding(Verdict.GOOD, f"{labels.plural(n, 'vector')} of {width:,} numbers.")


def check_vectors(path: str, rows: int | None) -> Finding:
    """Whether a .npy file holds a vector for each of ``rows`` samples."""
    if not path.endswith(".npy"):
        return Finding(Verdict.BAD, "Give a .npy file with one row of numbers per sample.")
    try:
        shape = np.load(path, mmap_mode="r", allow_pickle=False).shape
    except FileNotFoundError:
        return Finding(Verdict.BAD, f"There is no file {path}.")
    except (OSError, ValueError, EOFError) as error:
        return Finding(Verdict.BAD, f"{path} is not a .npy array ({error}).")
    if len(shape) != 2:
        return Finding(
            Verdict.BAD, f"{path} has the shape {shape}; one row of numbers per sample is needed."
        )
    if rows is not None and shape[0] != rows:
        return Finding(
            Verdict.BAD,
            f"{path} has {labels.plural(shape[0], 'row')} and the data {labels.count(rows)}; there "
            "must be one vector per row, in the same order.",
        )
    return Finding(Verdict.GOOD, f"{labels.plural(shape[0], 'vector')} of {shape[1]:,} numbers.")


def check_encoder(name: str) -> Finding:
    """What is known of a sentence encoder without loading it."""
    folder = _folder_of(name)
    if isinstance(folder, Finding):
        return folder
    if not any(paths.is_file(folder / file) for file in ("modules.json", "config.json")):
        return Finding(
            Verdict.BAD,
            f"{folder} has no modules.json and no config.json, so it is not an encoder.",
        )
    return Finding(Verdict.GOOD, "A folder with an encoder.")


def check_model(name: str) -> Finding:
    """What is known of a causal language model without loading it."""
    folder = _folder_of(name)
    if isinstance(folder, Finding):
        return folder
    file = folder / "config.json"
    if not paths.is_file(file):
        if known := unsupported_folder(folder):
            return Finding(Verdict.BAD, known)
        adapter = paths.is_file(folder / "adapter_config.json")
        hint = " It holds an adapter; merge it into its base model first." if adapter else ""
        return Finding(Verdict.BAD, f"{folder} has no config.json, so it is not a model.{hint}")
    try:
        config = json.loads(file.read_text(encoding="utf-8"))
        described = _described(config)
        weights = sum(f.stat().st_size for f in weight_files(str(folder)))
    except ModelError as error:
        return Finding(Verdict.BAD, str(error))
    except (OSError, ValueError, AttributeError, RecursionError):
        return Finding(Verdict.BAD, f"{file} cannot be read as the config of a model.")
    if not weights:
        known = unsupported_folder(folder)
        return Finding(Verdict.BAD, known or f"{folder} has no weights (*.safetensors).")
    return Finding(Verdict.GOOD, f"{described}, {labels.size(weights)}")


def _folder_of(name: str) -> Path | Finding:
    """The folder of a model, or what to say where there is none."""
    try:
        folder = local_folder(name)
    except ModelError as error:
        return Finding(Verdict.BAD, str(error))
    if folder is None:
        return Finding(
            Verdict.UNKNOWN,
            "No folder here has this name; the run will ask the Hugging Face hub for it.",
        )
    return folder


def _described(config: Mapping[str, Any]) -> str:
    """``llama, 4 layers × 256, vocabulary 2,048``, as far as the config says so."""
    parts = [str(config.get("model_type", "model of unknown type"))]
    layers, width = config.get("num_hidden_layers"), config.get("hidden_size")
    if isinstance(layers, int) and isinstance(width, int):
        parts.append(f"{labels.plural(layers, 'layer')} × {width:,}")
    if isinstance(vocabulary := config.get("vocab_size"), int):
        parts.append(f"vocabulary {vocabulary:,}")
    return ", ".join(parts)
