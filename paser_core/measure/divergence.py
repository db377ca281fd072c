"""The stage that runs both models; what a kill costs is a chunk."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from paser_core.config import Aggregate, DType, Turns
from paser_core.engines.engine import Once, Report
from paser_core.measure.progress import by_work
from paser_core.measure.work import Work
from paser_core.models.compression import describe_models
from paser_core.notices import Notice, Severity
from paser_core.protocols import LanguageModel, ModelPair, Progress, Tokenizer
from paser_core.runs import Files
from paser_core.runs.groups import TOKENS_A_GROUP
from paser_core.runs.signals import column_of
from paser_core.stages.divergence import (
    PAPER,
    Chunk,
    Tokenized,
    measured_signals,
    plan_chunks,
    score_chunk,
    temperature_nodes,
    tokenize,
)
from paser_core.workspace.keys import key_of
from paser_core.workspace.parts import Arrays, Part, make_parts
from paser_core.workspace.store import Store

_CHUNK_BATCHES = 4  # what a kill may cost: four micro-batches, seconds to a minute


def write_divergence(work: Work, report: Progress) -> None:
    """``divergence.npy``, ``tokens.parquet`` and ``signals.parquet``; the manifest is told about the models.

    Every chunk is written as soon as it is scored, and is not scored again after a kill.

    Tokens were made before the first stage, unless nobody looked at the samples (``prepared`` is
    None). They have a progress of their own: the speed of a tokenizer says nothing about that of
    the models, and the time left follows from speed.
    """
    config, store, prepared = work.config, work.store, work.prepared
    models = Once(work.loaders.models)
    gpu = config.models.wants_gpu
    # Whoever will work says what the models are: gigabytes are not read where they only wait.
    (pair,) = work.engine.map(partial(_facts, models), [None], gpu=gpu)
    told = () if prepared is None else prepared.notices
    # What only shows once the weights are read, before they work.
    work.note("models", [notice for notice in pair.notices if notice not in told])
    if prepared is None:
        most = min(config.divergence.max_length, pair.positions or config.divergence.max_length)
        tokenized = tokenize(
            work.given.conversations,
            pair.tokenizer,
            most,
            every_turn=config.divergence.turns is Turns.ALL,
            vocab_size=pair.vocab_size,
            on_progress=work.checkpoints.events.progress("divergence"),
        )
    else:
        tokenized = prepared.tokenized.within(pair.vocab_size)
    nodes = temperature_nodes(config.divergence.nodes)
    signals = measured_signals(config.divergence.signals)
    batch_tokens = config.divergence.batch_tokens
    chunks = plan_chunks(tokenized.lengths, batch_tokens, _CHUNK_BATCHES * batch_tokens)
    # A part belongs to what the models read, how they compute and what they are; others are never
    # picked up. Data, template and max_length need no mention: they act through the tokens alone.
    dtype = config.models.dtype
    owner = key_of(
        tokenized.sha256,
        [c.rows.tolist() for c in chunks],
        nodes.tolist(),
        signals,
        pair.vocab_size,
        dtype,
        config.models.device if dtype is DType.AUTO else None,  # it chooses the dtype then
        pair.original["fingerprint"],
        pair.compressed["fingerprint"],
    )
    scored = np.concatenate([chunk.rows for chunk in chunks] or [np.empty(0, np.int64)])
    report = by_work(report, tokenized.lengths[scored])
    whole = partial(_fits, n_nodes=len(nodes), n_signals=len(signals))
    parts = [
        Part(f"{Files.PARTS}/{owner}-{c.number:05d}.npz", c, len(c.rows), partial(whole, chunk=c))
        for c in chunks
    ]
    task = partial(_scored, models, tokenized, nodes, signals)
    made = make_parts(work.engine, task, parts, store, report, gpu=gpu)
    halved = _join(store, made, tokenized, nodes, signals, pair.tokenizer)
    if halved:
        work.note("divergence", [_halved(halved, chunks, batch_tokens)])
    work.manifest.update(
        {
            "temperatures": nodes.tolist(),
            "models": {
                "original": pair.original,
                "compressed": pair.compressed,
                "template": str(config.models.template),
            },
        }
    )


@dataclass(frozen=True)
class _Facts:
    """What has to be known of a pair to plan its work, and is kept of it."""

    original: dict[str, str]  # as the manifest has it
    compressed: dict[str, str]
    tokenizer: Tokenizer
    notices: tuple[Notice, ...]
    positions: int | None
    vocab_size: int


def _facts(models: Once[ModelPair], _shard: None, _report: Report) -> _Facts:
    pair = models.value
    return _Facts(
        _recorded(pair.original),
        _recorded(pair.compressed),
        pair.tokenizer,
        pair.notices,
        pair.positions,
        pair.vocab_size,
    )


def _scored(
    models: Once[ModelPair],
    tokenized: Tokenized,
    nodes: NDArray[np.float64],
    signals: Sequence[str],
    chunk: Chunk,
    report: Report,
) -> Arrays:
    """One chunk as plain arrays."""
    scores = score_chunk(chunk, tokenized, models.value, nodes, report, signals)
    return {
        "rows": scores.rows,
        "values": scores.values,
        "lengths": np.array([len(t) for t in scores.token_values], np.int64),
        "tokens": np.concatenate([*scores.token_values, np.empty(0, np.float32)]),
        "problems": np.array([p or "" for p in scores.problems]),
        "signals": scores.signals,
        "halved": np.array(scores.halved),
    }


def _recorded(model: LanguageModel) -> dict[str, str]:
    """A model as the manifest has it, with what its files say as long as they are at hand."""
    described = describe_models({"model": model.name}).get("model")
    facts = {} if described is None else {"facts": described}
    return {"name": model.name, "fingerprint": model.fingerprint, **facts}


def _fits(part: Arrays, chunk: Chunk, n_nodes: int, n_signals: int) -> bool:
    """Whether plain arrays are those of this chunk, whole.

    Args:
        part: the arrays.
        chunk: what they should be of.
        n_nodes: temperatures.
        n_signals: signals.
    """
    n, lengths = len(chunk.rows), part["lengths"]
    return (
        np.array_equal(part["rows"], chunk.rows)
        and part["values"].shape == (n, n_nodes)
        and lengths.shape == part["problems"].shape == (n,)
        and part["tokens"].shape == (int(lengths.sum()),)
        and part["signals"].shape == (n, n_signals, len(Aggregate))
    )


def _join(
    store: Store,
    parts: Iterable[Arrays],
    tokenized: Tokenized,
    nodes: NDArray[np.float64],
    signals: tuple[str, ...],
    tokenizer: Tokenizer,
) -> int:
    """``divergence.npy``, ``tokens.parquet`` and ``signals.parquet``; how many micro-batches were halved."""
    n = len(tokenized.problems)
    values = np.full((n, len(nodes)), np.nan, np.float32)
    damage = np.full((n, len(signals), len(Aggregate)), np.nan, np.float32)
    bits: list[NDArray[np.float32]] = [np.empty(0, np.float32)] * n
    problems = list(tokenized.problems)
    halved = 0
    for part in parts:
        halved += int(part["halved"])
        values[part["rows"]], damage[part["rows"]] = part["values"], part["signals"]
        ends = np.cumsum(part["lengths"])
        for row, stop, length, problem in zip(
            part["rows"], ends, part["lengths"], part["problems"], strict=True
        ):
            bits[row] = part["tokens"][stop - length : stop]
            problems[row] = str(problem) or problems[row]
    table = pa.table(
        {
            "tokens": pa.array(
                [tokenizer.pieces(tokenized.response(row).tolist()) for row in range(n)],
                pa.list_(pa.string()),
            ),
            "divergence": pa.array(bits, pa.list_(pa.float32())),
            "truncated": pa.array(tokenized.truncated),
            "prompt_tokens": pa.array(tokenized.prompt_tokens),
            "response_tokens": pa.array(tokenized.response_tokens),
            "problem": pa.array(problems, pa.string()),
        }
    )
    store.write_table(Files.TOKENS, table, TOKENS_A_GROUP)
    columns = {
        column_of(signal, aggregate): pa.array(damage[:, i, j], from_pandas=True)
        for i, signal in enumerate(signals)
        for j, aggregate in enumerate(Aggregate)
        if column_of(signal, aggregate) != column_of(PAPER, Aggregate.MEAN)  # divergence.npy has it
    }
    store.write_table(Files.SIGNALS, pa.table(columns))
    store.write_array(Files.DIVERGENCE, values)
    return halved


def _halved(halved: int, chunks: Sequence[Chunk], batch_tokens: int) -> Notice:
    total = sum(len(chunk.batches) for chunk in chunks)
    text = (
        f"{halved:,} of {total:,} micro-batches did not fit into memory and were read in halves. The "
        "numbers are the same, the time is not: set divergence.batch_tokens below "
        f"{batch_tokens:,}."
    )
    return Notice("batch-halved", text, Severity.INFO, halved, total)
