"""Instruction-following difficulty: how much its question helps an answer.

Li et al. 2023, "From Quantity to Quality" (arXiv 2308.12032): IFD = s(A | Q) / s(A), with s the mean
negative log-likelihood of an answer token. Both are kept, so that the ratio of losses (their first
code) and that of perplexities (Superfiltering, arXiv 2402.00530) follow from one reading.

The answer's tokens are the same in both readings, because they are known from the template and not
looked for in the text: with its question as the run reads it, and alone after the token that every text
begins with. Where the template writes none, nothing can predict the first token of an answer that
stands alone, and it counts in neither reading.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from paser_core.engines.engine import Once
from paser_core.measure.scores.make import Scoring, conversations_of
from paser_core.models.transformers_lm import TransformersLM
from paser_core.protocols import Progress
from paser_core.runs.scores import Cost
from paser_core.stages.divergence import Chunk, Tokenized, plan_chunks
from paser_core.stages.divergence.prepared import length_notices
from paser_core.stages.likelihood import mean_losses
from paser_core.workspace.parts import Arrays

_CHUNK_BATCHES = 4  # what a kill may cost, as in the divergence


def write_ifd(work: Scoring, report: Progress) -> None:
    """``given`` and ``alone``: mean loss of an answer token with its question and without."""
    tokenized = work.tokenized(conversations_of(work.run))
    work.checkpoints.note(work_name(work), length_notices(tokenized, work.longest))
    both, problems = with_alone(tokenized, work.start_of(tokenized))
    n = len(problems)
    batch_tokens = work.run.config.divergence.batch_tokens
    chunks = plan_chunks(both.lengths, batch_tokens, _CHUNK_BATCHES * batch_tokens)
    make = partial(_losses, work.reader, both, chunks)
    losses = np.full(2 * n, np.nan)
    costs = [int(both.lengths[chunk.rows].sum()) for chunk in chunks]
    for chunk, part in zip(chunks, work.parts(str(batch_tokens), costs, make, report), strict=True):
        losses[chunk.rows] = part["losses"]
    given, alone = losses[:n], losses[n:]
    read = both.lengths[:n] > 0
    lost = read & (np.isnan(given) | np.isnan(alone))
    name = work.model.name
    work.write(
        {"given": np.where(lost, np.nan, given), "alone": np.where(lost, np.nan, alone)},
        [
            problem or (f"{name} gave logits that are not finite for it." if gone else None)
            for problem, gone in zip(problems, lost, strict=True)
        ],
    )


def _losses(
    reader: Once[TransformersLM], tokenized: Tokenized, chunks: Sequence[Chunk], number: int
) -> tuple[Arrays, Cost]:
    """The mean loss of every row of one chunk.

    Args:
        reader: the model.
        tokenized: the samples.
        chunks: all of them.
        number: which of them.
    """
    chunk = chunks[number]
    losses = [mean_losses(rows, tokenized, reader.value) for rows in chunk.batches]
    tokens = int(tokenized.lengths[chunk.rows].sum())
    return {"losses": np.concatenate(losses)}, Cost(len(chunk.rows), tokens)


def with_alone(tokenized: Tokenized, start: list[int]) -> tuple[Tokenized, list[str | None]]:
    """Every sample twice: ``n`` rows with the question, then ``n`` with the answer alone.

    Args:
        tokenized: ``n`` samples.
        start: what a text begins with. Where there is nothing, the first token of an answer has
            nothing to follow when it stands alone, and counts in neither reading.

    Returns:
        ``2 n`` rows, and ``(n,)`` why a sample has none.
    """
    n = len(tokenized.problems)
    problems = list(tokenized.problems)
    ids, measured = [], []
    first = [tokenized.row(row) for row in range(n)]
    for row, (these, mask) in enumerate(first):
        answer = these[mask]
        mask = mask.copy()
        if not start and len(answer):
            if len(answer) == 1:
                problems[row] = "The response is one token, and nothing can stand before it alone."
                first[row], answer = (these[:0], mask[:0]), answer[:0]
            else:
                mask[int(np.argmax(mask))] = False
                first[row] = these, mask
        alone = np.concatenate([np.array(start, np.int32), answer]) if len(answer) else answer
        known = np.zeros(len(alone), bool)
        known[max(len(start), 1) :] = True
        ids.append(alone)
        measured.append(known)
    rows = [*first, *zip(ids, measured, strict=True)]
    offsets = np.zeros(2 * n + 1, np.int64)
    np.cumsum([len(these) for these, _ in rows], out=offsets[1:])
    return (
        replace(
            tokenized,
            ids=np.concatenate([np.empty(0, np.int32), *(these for these, _ in rows)]),
            measured=np.concatenate([np.empty(0, bool), *(mask for _, mask in rows)]),
            offsets=offsets,
            problems=(*problems, *problems),
        ),
        problems,
    )


def work_name(work: Scoring) -> str:
    """Under which the manifest keeps what there is to say."""
    return str(work.checkpoints.manifest["score"])
