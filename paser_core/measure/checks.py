"""What can be said about data, vectors and models before a run starts: facts, in sentences.

Nothing here loads a model. What takes long is meant for :mod:`paser_core.engines.side`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paser_core.config import DataConfig, DivergenceConfig, ModelsConfig
from paser_core.engines.side import message_of
from paser_core.errors import DataError, ModelError, PaserError
from paser_core.measure.vectors import read_vectors
from paser_core.models.checkpoint import local_folder, weight_files
from paser_core.models.formats import unsupported_folder
from paser_core.notices import Notice
from paser_core.records import Preview, read_records
from paser_core.stages.divergence.prepared import histogram
from paser_core.text import count, plural, size
from paser_core.workspace import paths

_SHOWN = 20  # problems of rows; the count says how many there are
_LOOKED_AT = 2000  # samples, spread over the data: seconds; the run itself looks at all


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
        return DataCheck(0, 0, (), (), message_of(error))
    valid = records.valid
    bad = np.flatnonzero(~valid)[:_SHOWN]
    columns = zip(records.frame["id"].iloc[bad], records.frame["problem"].iloc[bad], strict=True)
    return DataCheck(
        rows=len(valid),
        valid=int(valid.sum()),
        problems=tuple(RowProblem(str(i), str(p)) for i, p in columns),
        notes=tuple(notice.text for notice in records.notices),
    )


def vector_columns(found: Preview) -> tuple[str, ...]:
    """The columns that hold a list of numbers in every row shown, all of one length."""
    return tuple(
        c for c in found.columns if found.rows and are_vectors([r.get(c) for r in found.rows])
    )


def are_vectors(cells: Sequence[Any]) -> bool:
    """Whether cells are lists of numbers, all of one length."""
    lengths = {len(cell) if isinstance(cell, list) else 0 for cell in cells}
    numbers = all(
        isinstance(v, int | float) and not isinstance(v, bool)
        for cell in cells
        if isinstance(cell, list)
        for v in cell
    )
    return len(lengths) == 1 and lengths != {0} and numbers


def check_vector_column(config: DataConfig, column: str) -> Finding:
    """Whether every row has a vector in a column."""
    try:
        vectors = read_records(config, vectors_column=column).vectors
    except PaserError as error:
        return Finding(Verdict.BAD, message_of(error))
    assert vectors is not None
    n, width = vectors.shape
    return Finding(Verdict.GOOD, f"{plural(n, 'vector')} of {width:,} numbers.")


def check_vectors(path: str, rows: int | None) -> Finding:
    """Whether a .npy file holds a vector for each of ``rows`` samples."""
    if not path.endswith(".npy"):
        return Finding(Verdict.BAD, "Give a .npy file with one row of numbers per sample.")
    try:
        shape = read_vectors(Path(path), mapped=True).shape
    except DataError as error:
        return Finding(Verdict.BAD, str(error))
    if len(shape) != 2:
        return Finding(
            Verdict.BAD, f"{path} has the shape {shape}; one row of numbers per sample is needed."
        )
    if rows is not None and shape[0] != rows:
        return Finding(
            Verdict.BAD,
            f"{path} has {plural(shape[0], 'row')} and the data {count(rows)}; there must be one "
            "vector per row, in the same order.",
        )
    return Finding(Verdict.GOOD, f"{plural(shape[0], 'vector')} of {shape[1]:,} numbers.")


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
    return Finding(Verdict.GOOD, f"{described}, {size(weights)}")


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
        parts.append(f"{plural(layers, 'layer')} × {width:,}")
    if isinstance(vocabulary := config.get("vocab_size"), int):
        parts.append(f"vocabulary {vocabulary:,}")
    return ", ".join(parts)


@dataclass(frozen=True)
class PairCheck:
    """Both models with these data, as the run will find them."""

    samples: int  # that were looked at, …
    of: int  # … of so many that can be used
    notices: tuple[Notice, ...]
    edges: NDArray[np.float64]  # (b + 1,) tokens
    counts: NDArray[np.int64]  # (b,) samples by the length of their prompt
    max_length: int  # tokens of a sample that are read
    lost: int  # samples looked at whose prompt leaves no room for a response
    cut: int  # samples looked at whose response loses its end
    error: str | None = None  # the models cannot be used; nothing else is known then


def check_pair(models: ModelsConfig, divergence: DivergenceConfig, data: DataConfig) -> PairCheck:
    """Look at both models, and at samples spread over the data as the models will read them."""
    from paser_core.models.check import check_models

    try:
        usable = [c for c in read_records(data).conversations if c is not None]
        places = np.unique(np.linspace(0, max(len(usable) - 1, 0), _LOOKED_AT).astype(int))
        chosen = [usable[i] for i in places[: len(usable)]]
        found = check_models(models, divergence, chosen)
    except PaserError as error:
        none = np.empty(0)
        return PairCheck(0, 0, (), none, none.astype(np.int64), 0, 0, 0, message_of(error))
    tokens = found.tokenized
    edges, counts = histogram(tokens.prompt_lengths, found.max_length)
    return PairCheck(
        samples=len(chosen),
        of=len(usable),
        notices=found.notices,
        edges=edges,
        counts=counts,
        max_length=found.max_length,
        lost=int((tokens.prompt_lengths >= found.max_length).sum()),
        cut=int(tokens.truncated.sum()),
    )
