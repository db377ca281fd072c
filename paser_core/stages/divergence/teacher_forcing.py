"""Both models read prompt and response; their next-token distributions are compared.

Only response positions reach the vocabulary projection, a block at a time: the logits in memory
never exceed :data:`LOGIT_BYTES` per model, whatever the length of the samples.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from paser_core.config.options import Aggregate
from paser_core.errors import enough_memory
from paser_core.protocols import LanguageModel, ModelPair, Progress, no_progress
from paser_core.stages.divergence.chunks import Chunk
from paser_core.stages.divergence.kernel import compare, jsd
from paser_core.stages.divergence.reading import Reader
from paser_core.stages.divergence.signal import Signal, aggregated, signal_of, signal_values
from paser_core.stages.divergence.tokens import Tokenized

LOGIT_BYTES = 64 << 20  # per model and block, in float32: 512 positions of a 32k vocabulary


@dataclass(frozen=True)
class ChunkScores:
    """What one chunk contributes to the run."""

    rows: NDArray[np.int64]  # (k,) row numbers
    values: NDArray[np.float32]  # (k, m) bits per response token at each node; NaN: see problems
    token_values: tuple[NDArray[np.float32], ...]  # bits of each response token at T = 1
    problems: tuple[str | None, ...]  # (k,) why a row has no values
    signals: NDArray[np.float32]  # (k, s, 5) every signal and aggregate at T = 1
    halved: int = 0  # micro-batches that did not fit into memory and were read in parts


@enough_memory(
    "Lower divergence.batch_tokens, set models.residency to alternate or models.dtype to bfloat16, "
    "and start the same command again; it resumes."
)
def score_chunk(
    chunk: Chunk,
    tokenized: Tokenized,
    models: ModelPair,
    nodes: NDArray[np.float64],
    on_progress: Progress = no_progress,
    signals: Sequence[str] = (),
) -> ChunkScores:
    """Divergence of the samples of one chunk, averaged over response tokens (paper, Eq. 4).

    The damage signals come out of the same pass over the logits.

    Args:
        chunk: one of :func:`plan_chunks`.
        tokenized: the whole data set.
        models: the pair; the models take turns where ``models.alternate``.
        nodes: ``(m,)`` temperatures.
        on_progress: told the samples done of the chunk, after every micro-batch.
        signals: names of the ``s`` signals; none: only the divergence is measured.

    Raises:
        ModelError: the memory is not enough for a single sample, or a signal of a package is broken.
    """
    temperatures = nodes if 1.0 in nodes else np.append(nodes, 1.0)
    at_one = int(np.flatnonzero(temperatures == 1.0)[0])
    values: list[NDArray[np.float32]] = []
    token_values: list[NDArray[np.float32]] = []
    problems: list[str | None] = []
    of_samples: list[NDArray[np.float32]] = []
    total, done = chunk.rows.size, 0
    counts = tokenized.response_tokens
    known = {name: signal_of(name) for name in signals}
    reader = Reader(tokenized, models)
    for rows, states in reader.states(chunk):
        following = np.concatenate([tokenized.response(int(row)) for row in rows])
        bits, of_tokens, culprits = _compare(states, following, models, temperatures, known)
        ends = np.cumsum(counts[rows])
        for part, tokens, culprit in zip(
            *(np.split(values, ends[:-1]) for values in (bits, of_tokens, culprits)), strict=True
        ):
            mean = part.mean(axis=0, dtype=np.float64).astype(np.float32)
            values.append(mean[: nodes.size])
            token_values.append(part[:, at_one].copy())
            of_samples.append(aggregated(tokens))
            problems.append(_problem(culprit, models))
        done += rows.size
        on_progress(done, total)
    return ChunkScores(
        chunk.rows,
        np.stack(values) if values else np.empty((0, nodes.size), np.float32),
        tuple(token_values),
        tuple(problems),
        np.stack(of_samples)
        if of_samples
        else np.empty((0, len(known), len(Aggregate)), np.float32),
        reader.halved,
    )


def _compare(
    states: tuple[torch.Tensor, torch.Tensor],
    following: NDArray[np.int32],
    models: ModelPair,
    temperatures: NDArray[np.float64],
    signals: Mapping[str, Signal],
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.int8]]:
    """``(k, m)`` bits, ``(k, s)`` signals, and ``(k,)`` whose logits are not finite.

    0: both are; 1: the original's are not, 2: the compressed model's, 3: neither's.
    """
    vocabulary = models.vocab_size
    k = states[0].shape[0]
    bits = np.empty((k, temperatures.size), np.float32)
    values = np.empty((k, len(signals)), np.float32)
    culprits = np.zeros(k, np.int8)
    tokens = torch.from_numpy(following.astype(np.int64))
    block = max(1, LOGIT_BYTES // (4 * vocabulary))
    for start in range(0, k, block):
        part = slice(start, start + block)
        original = _shared(models.original, states[0][part], vocabulary)
        compressed = _shared(models.compressed, states[1][part], vocabulary)
        compressed = compressed.to(original.device)
        if signals:
            others = [s.of_tokens for s in signals.values() if s.of_tokens is not None]
            compared = compare(original, compressed, temperatures, tokens[part], others)
            bits[part], values[part] = compared.bits, signal_values(compared, temperatures, signals)
        else:
            bits[part] = jsd(original, compressed, temperatures)
        if np.isnan(bits[part]).any():
            for flag, logits in ((1, original), (2, compressed)):
                top = logits.amax(dim=1)  # NaN where there is one
                culprits[part] |= np.where(torch.isfinite(top).cpu().numpy(), 0, flag).astype(
                    np.int8
                )
    return bits, values, culprits


def _shared(model: LanguageModel, states: torch.Tensor, vocabulary: int) -> torch.Tensor:
    return model.logits(states)[:, :vocabulary]


def _problem(culprits: NDArray[np.int8], models: ModelPair) -> str | None:
    flags = int(np.bitwise_or.reduce(culprits))
    if not flags:
        return None
    names = [
        f"the {role} model ({model.name})"
        for flag, role, model in (
            (1, "original", models.original),
            (2, "compressed", models.compressed),
        )
        if flags & flag
    ]
    count = int(np.count_nonzero(culprits))
    subject = " and ".join(names)
    return (
        f"{subject[0].upper()}{subject[1:]} gave logits that are not finite at {count} of "
        f"{culprits.size} response tokens; try models.dtype: float32."
    )
