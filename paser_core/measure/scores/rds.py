"""RDS+: the samples whose representation is nearest to target examples, in turn.

Ivison et al. 2025, "Large-Scale Data Selection for Instruction Tuning" (arXiv 2503.01807): a sample is the
mean of the last hidden states over its tokens, question and answer, weighted by position (the i-th of t
tokens counts i / (1 + … + t)); likeness is the cosine. The targets take turns: each takes the sample that is
most like it and not taken yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numba
import numpy as np
import torch
from numpy.typing import NDArray

from paser_core.config import DataConfig
from paser_core.engines.engine import Once
from paser_core.errors import DataError, enough_memory
from paser_core.measure.scores.make import Scoring, conversations_of
from paser_core.models.transformers_lm import TransformersLM
from paser_core.notices import Notice, Severity
from paser_core.problems import reasons, told_by_cure
from paser_core.protocols import Progress
from paser_core.records import read_records
from paser_core.runs.scores import Cost
from paser_core.stages.divergence import Chunk, Tokenized, plan_chunks
from paser_core.stages.divergence.prepared import length_notices
from paser_core.stages.divergence.reading import batch_of
from paser_core.workspace.parts import Arrays

_CHUNK_BATCHES = 4  # what a kill may cost, as in the divergence


def write_rds(work: Scoring, report: Progress) -> None:
    """``turn`` (1, 2, 3, …), ``target`` that took it (row of the targets' file), and their ``cosine``."""
    run = work.run
    assert work.config.targets is not None
    records = read_records(DataConfig(path=work.config.targets))
    pool = work.tokenized(conversations_of(run))
    wanted = work.tokenized(records.conversations)
    usable = np.flatnonzero(wanted.lengths)
    if not len(usable):
        lost = [a or b for a, b in zip(records.frame["problem"], wanted.problems, strict=True)]
        why = " ".join(told_by_cure(reasons(lost)[:2]))
        raise DataError(
            f"none of the {len(lost):,} targets can be read; give others. {why}",
            path=records.source,
        )
    told = [*length_notices(pool, work.longest), *_notices(work, records, len(usable))]
    work.checkpoints.note("rds", told)
    both = _joined(pool, wanted)
    vectors = _vectors(work, both, report)
    known = np.isfinite(vectors).all(axis=1) & (both.lengths > 0)
    problems = [
        problem
        or (
            None
            if fine or not length
            else f"{work.model.name} gave states that are not finite for it."
        )
        for problem, fine, length in zip(pool.problems, known, pool.lengths, strict=False)
    ]
    rows, targets = np.flatnonzero(known[: run.n]), usable[known[run.n + usable]]
    likeness = vectors[run.n + targets] @ vectors[rows].T  # (targets, rows) cosines
    turn, by = take_turns(likeness)
    columns = {name: np.full(run.n, np.nan) for name in ("cosine", "target", "turn")}
    columns["cosine"][rows] = likeness[by, np.arange(len(rows))]
    columns["target"][rows] = targets[by]
    columns["turn"][rows] = turn
    work.write(columns, problems)


def take_turns(likeness: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """When each sample is taken (from 1 on), and by which target; ties go to data-set order.

    Args:
        likeness: ``(targets, n)``.
    """
    order = np.argsort(-likeness, axis=1, kind="stable")
    turn, by = _turns(order)
    return turn, by


@numba.njit(cache=True)
def _turns(order: Any) -> Any:
    k, n = order.shape
    turn, by = np.zeros(n, np.int64), np.zeros(n, np.int64)
    place = np.zeros(k, np.int64)
    taken, target = 0, 0
    while taken < n:
        while turn[order[target, place[target]]]:
            place[target] += 1
        taken += 1
        row = order[target, place[target]]
        turn[row], by[row] = taken, target
        target = (target + 1) % k
    return turn, by


def _vectors(work: Scoring, tokenized: Tokenized, report: Progress) -> NDArray[np.float64]:
    """``(n, h)`` unit rows; NaN for what is not read."""
    batch_tokens = work.run.config.divergence.batch_tokens
    chunks = plan_chunks(tokenized.lengths, batch_tokens, _CHUNK_BATCHES * batch_tokens)
    make = partial(_pooled, work.reader, tokenized, chunks)
    vectors: NDArray[np.float64] | None = None
    costs = [int(tokenized.lengths[chunk.rows].sum()) for chunk in chunks]
    owner = f"{batch_tokens} {tokenized.sha256}"
    for chunk, part in zip(chunks, work.parts(owner, costs, make, report), strict=True):
        if vectors is None:
            shape = len(tokenized.lengths), part["vectors"].shape[1]
            vectors = np.full(shape, np.nan)
        vectors[chunk.rows] = part["vectors"]
    assert vectors is not None  # the targets are read at the least
    return vectors


def _pooled(
    reader: Once[TransformersLM], tokenized: Tokenized, chunks: Sequence[Chunk], number: int
) -> tuple[Arrays, Cost]:
    """The vectors of one chunk.

    Args:
        reader: the model.
        tokenized: the samples.
        chunks: all of them.
        number: which of them.
    """
    chunk = chunks[number]
    vectors = [pooled(rows, tokenized, reader.value) for rows in chunk.batches]
    tokens = int(tokenized.lengths[chunk.rows].sum())
    return {"vectors": np.concatenate(vectors)}, Cost(len(chunk.rows), tokens)


@enough_memory(
    "Lower divergence.batch_tokens in the run's config and start the same command again."
)
def pooled(rows: NDArray[np.int64], tokenized: Tokenized, model: Any) -> NDArray[np.float64]:
    """``(b, h)`` unit rows: the mean of the last hidden states of some rows, weighted by position."""
    ids, mask, _ = batch_of(rows, tokenized)
    hidden = model.hidden(ids, mask)
    weights = mask.to(hidden.device) * torch.arange(1, mask.shape[1] + 1, device=hidden.device)
    summed = torch.einsum("bt,bth->bh", weights.float(), hidden.float()).double()
    mean = (summed / weights.sum(dim=1, keepdim=True)).cpu().numpy()
    with np.errstate(invalid="ignore"):
        unit: NDArray[np.float64] = mean / np.linalg.norm(mean, axis=1, keepdims=True)
    return unit


def _joined(first: Tokenized, second: Tokenized) -> Tokenized:
    """The rows of both, one after the other."""
    return Tokenized(
        np.concatenate([first.ids, second.ids]),
        np.concatenate([first.measured, second.measured]),
        np.concatenate([first.offsets, first.offsets[-1] + second.offsets[1:]]),
        np.concatenate([first.truncated, second.truncated]),
        (*first.problems, *second.problems),
        np.concatenate([first.prompt_lengths, second.prompt_lengths]),
        np.concatenate([first.full_lengths, second.full_lengths]),
    )


def _notices(work: Scoring, records: Any, usable: int) -> list[Notice]:
    n, told = len(records.frame), []
    if usable < n:
        told.append(
            Notice(
                "targets-lost",
                f"{n - usable:,} of {n:,} targets cannot be read and have no say.",
                count=n - usable,
                total=n,
            )
        )
    texts = ["instruction", "input", "output"]
    ours = set(work.run.samples[texts].itertuples(index=False, name=None))
    both = sum(row in ours for row in records.frame[texts].itertuples(index=False, name=None))
    if both:
        told.append(
            Notice(
                "targets-in-pool",
                f"{both:,} of {n:,} targets are in the pool, too: what they are like is found by "
                "themselves. Keep targets out of the pool, or what is evaluated on them means little.",
                count=both,
                total=n,
            )
        )
    told.append(
        Notice(
            "targets", f"{usable:,} targets took turns, in the order of their file.", Severity.INFO
        )
    )
    return told
