"""What a run will cost, before it is made: the data is read, a few samples are tried, the rest is arithmetic.

Embedding, concepts and both models are timed here, on samples drawn with the run's seed. Manifold, clusters
and maps need all vectors, so their cost is read off what was measured on two cores (docs/scale.md).
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from paser_core.config import RunConfig
from paser_core.errors import DataError, ModelError
from paser_core.language import Speech
from paser_core.measure.inputs import Input
from paser_core.measure.loading import Loaders
from paser_core.measure.vectors import vectors_column
from paser_core.models.compression import Checkpoint, describe_checkpoint
from paser_core.notices import Notice
from paser_core.problems import reasons, told_by_cure
from paser_core.protocols import Progress, no_progress
from paser_core.records import read_records
from paser_core.recover.cost import FLOPS
from paser_core.recover.settings import Adapter
from paser_core.stages.concepts import extract_phrases
from paser_core.stages.divergence import (
    Chunk,
    Tokenized,
    measured_signals,
    plan_chunks,
    score_chunk,
    temperature_nodes,
)

TRIED = 96  # samples that are timed: seconds for an encoder
_TRIED_TOKENS = 8_192  # of the models: enough for a few micro-batches
_LETTERS = 1_200  # of a text that an encoder of 256 tokens reads
_VECTOR_BYTES = 384 * 4
_TOKEN_BYTES = 5  # of a response token in the run folder, with its row's share

# Samples, seconds on two cores and peak memory: the last by `python benchmarks/bench_structure.py`, the
# others by `paser run` on the demo's vectors. Ten seconds are what umap-learn takes once to be there.
_STRUCTURE = ((60, 11.7, 0.4e9), (4_168, 16.6, 0.5e9), (43_841, 43.9, 0.9e9))
_TABLE_ROW = 1.8e-4  # seconds of the tables for a row: `python benchmarks/bench_rows.py`


@dataclass(frozen=True)
class Cost:
    """A part of the run.

    Args:
        title: what is done.
        seconds: about how long; None where nothing here can tell.
        known_by: how that is known.
    """

    title: str
    seconds: float | None
    known_by: str


@dataclass(frozen=True)
class Estimate:
    """What a run will cost.

    Args:
        source: of the data.
        rows: read.
        usable: of them.
        lost: why the others are not, a sentence or two each.
        tokens: that the models read, each; None without models.
        responses: tokens of them that are measured.
        costs: in the order of the run.
        disk: bytes of the run folder.
        memory: bytes at the peak of clusters and maps, beside the models.
        models: parameters of the original and the compressed model, where their files tell.
        notices: what reading and tokenizing had to tell.
        load: work that waits for a processor, by processor; nan where the system does not tell.
    """

    source: str
    rows: int
    usable: int
    lost: tuple[str, ...]
    tokens: int | None
    responses: int | None
    costs: tuple[Cost, ...]
    disk: float
    memory: float
    models: tuple[Checkpoint | None, ...]
    notices: tuple[Notice, ...]
    load: float

    @property
    def seconds(self) -> float:
        """All that is known together."""
        return sum(cost.seconds or 0.0 for cost in self.costs)

    @property
    def scoring_flops(self) -> float | None:
        """Both models read everything once: two operations a parameter and token (Kaplan et al. 2020)."""
        known = [model.parameters for model in self.models if model is not None]
        if self.tokens is None or len(known) < 2:
            return None
        return 2.0 * sum(known) * self.tokens

    @property
    def training_flops(self) -> float | None:
        """The compressed model is trained on everything for one epoch: six a parameter and token."""
        if self.tokens is None or not self.models or self.models[-1] is None:
            return None
        return FLOPS[Adapter.FULL] * self.models[-1].parameters * self.tokens


def estimate(config: RunConfig, loaders: Loaders, on_progress: Progress = no_progress) -> Estimate:
    """Read the data, try a few samples, and count the rest. Nothing is written.

    Args:
        config: what would be run.
        loaders: how to get the models.
        on_progress: told as samples are written as tokens.

    Raises:
        PaserError: whatever would stop the run at its start: bad data, models that do not fit.
    """
    began = time.perf_counter()
    records = read_records(
        config.data, vectors_column=vectors_column(config.embedding), rows=loaders.rows
    )
    given = Input.of(records, config)
    n = len(given.rows)
    if n == 0:
        raise DataError(
            "no row can be used, so there is nothing to plan. Give other rows, or name their columns with "
            "data.fields.",
            path=records.source,
        )
    reading = Cost("Reading the data", time.perf_counter() - began, "done just now")
    drawn = np.random.default_rng(config.seed).permutation(given.rows)[:TRIED]
    costs = [reading, _embedding(config, loaders, given, drawn)]
    costs += [_structure(n), _concepts(given, drawn)]
    tables = Cost("Tables", n * _TABLE_ROW, "docs/scale.md")
    notices: tuple[Notice, ...] = tuple(records.notices)
    tokens = responses = None
    models: tuple[Checkpoint | None, ...] = ()
    if config.models.original is not None and config.models.compressed is not None:
        prepared = loaders.check(given.conversations, on_progress)
        assert prepared is not None
        notices += prepared.notices
        tokenized = prepared.tokenized
        tokens, responses = int(tokenized.lengths.sum()), int(tokenized.response_tokens.sum())
        names = (config.models.original, config.models.compressed)
        models = tuple(describe_checkpoint(Path(name).expanduser()) for name in names)
        costs.append(_divergence(config, loaders, tokenized))
    costs.append(tables)
    vectors = 0 if config.embedding.precomputed is not None else n * _VECTOR_BYTES
    return Estimate(
        records.source,
        len(records.frame),
        n,
        tuple(told_by_cure(reasons(records.frame["problem"]))),
        tokens,
        responses,
        tuple(costs),
        disk=vectors + _TOKEN_BYTES * (responses or 0) + 400.0 * n,
        memory=_between(n, 2),
        models=models,
        notices=notices,
        load=_load(),
    )


def _embedding(config: RunConfig, loaders: Loaders, given: Input, drawn: NDArray[np.int64]) -> Cost:
    if config.embedding.precomputed is not None:
        return Cost("Embedding", 0.0, "vectors are given")
    distinct = list(dict.fromkeys(given.texts[row] for row in given.rows))
    tried = list(dict.fromkeys(given.texts[row] for row in drawn))
    encoder = loaders.encoder()
    encoder.encode(tried[:2])  # what a library does once
    seconds = _timed(lambda: encoder.encode(tried))
    return Cost("Embedding", seconds * _read(distinct) / max(_read(tried), 1), _tried(len(tried)))


def _concepts(given: Input, drawn: NDArray[np.int64]) -> Cost:
    outputs = given.records.frame["output"]
    letters = [len(text) for text in given.texts]
    letters = [a + len(b) for a, b in zip(letters, outputs, strict=True)]
    texts = [f"{given.texts[row]}\n{outputs.iloc[row]}" for row in drawn]
    told = [given.told[row] for row in drawn]
    extract_phrases(texts[:2], speech=Speech.of(told[:2], given.language))
    seconds = _timed(lambda: extract_phrases(texts, speech=Speech.of(told, given.language)))
    ratio = sum(letters[row] for row in given.rows) / max(sum(map(len, texts)), 1)
    return Cost("Concepts", seconds * ratio, _tried(len(texts)))


def _structure(n: int) -> Cost:
    return Cost("Manifold, clusters, maps", _between(n, 1), "two cores, docs/scale.md")


def _divergence(config: RunConfig, loaders: Loaders, tokenized: Tokenized) -> Cost:
    batch_tokens = config.divergence.batch_tokens
    whole = plan_chunks(tokenized.lengths, batch_tokens)
    batches = [batch for chunk in whole for batch in chunk.batches]
    tried = _some(batches, tokenized.lengths, config.seed)
    title = "Divergence of both models"
    try:
        pair = loaders.models()
    except ModelError as error:
        return Cost(title, None, f"not timed: {error}")
    nodes = temperature_nodes(config.divergence.nodes)
    signals = measured_signals(config.divergence.signals)

    def read(some: Sequence[NDArray[np.int64]]) -> None:
        score_chunk(
            Chunk(0, tuple(some)), tokenized.within(pair.vocab_size), pair, nodes, signals=signals
        )

    read(tried[-1:])
    seconds = _timed(lambda: read(tried))
    padded = [_padded(some, tokenized.lengths) for some in (batches, tried)]
    rows = sum(map(len, tried))
    return Cost(title, seconds * padded[0] / max(padded[1], 1), _tried(rows))


def _some(
    batches: Sequence[NDArray[np.int64]], lengths: NDArray[np.int64], seed: int
) -> list[NDArray[np.int64]]:
    """Micro-batches of the real plan, drawn until they have tokens enough; one at the least."""
    order = np.random.default_rng(seed).permutation(len(batches))
    some: list[NDArray[np.int64]] = []
    for number in order:
        some.append(batches[number])
        if _padded(some, lengths) >= _TRIED_TOKENS:
            break
    return some


def _padded(batches: Sequence[NDArray[np.int64]], lengths: NDArray[np.int64]) -> int:
    return sum(len(batch) * int(lengths[batch].max()) for batch in batches)


def _between(n: int, column: int) -> float:
    """On the line through what was measured, in logarithms; beyond it, as between the last two."""
    known = np.log([row[0] for row in _STRUCTURE])
    figures = np.log([row[column] for row in _STRUCTURE])
    at = int(np.clip(np.searchsorted(known, np.log(n)) - 1, 0, len(known) - 2))
    slope = (figures[at + 1] - figures[at]) / (known[at + 1] - known[at])
    found = float(np.exp(figures[at] + slope * (np.log(n) - known[at])))
    return max(found, _STRUCTURE[0][column])


def _load() -> float:
    if not hasattr(os, "getloadavg"):
        return math.nan
    return os.getloadavg()[0] / (os.cpu_count() or 1)


def _read(texts: Sequence[str]) -> int:
    return sum(min(len(text), _LETTERS) for text in texts)


def _tried(number: int) -> str:
    return f"{number} samples timed here"


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
