"""Nuggets: whether a sample helps the model with other tasks when it stands before them as an example.

Li et al. 2023, "One-Shot Learning as Instruction Data Prospector" (arXiv 2312.10302): the golden score of
z is the share of m anchor tasks whose answer becomes likelier with z before them. The anchors are the
samples next to m k-means centers of the pool's embeddings.

An example is the sample as the template writes it, whole; the anchor follows it as the template writes
it, without the token that a text begins with. Cost is n × m readings of an anchor: the example is read
once, with what all anchors begin with, and its keys and values are kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray

from paser_core.engines.engine import Once
from paser_core.errors import enough_memory
from paser_core.measure.scores.make import Scoring, conversations_of
from paser_core.models.continued import Continued
from paser_core.models.transformers_lm import TransformersLM
from paser_core.notices import Notice, Severity
from paser_core.protocols import LanguageModel, Progress
from paser_core.runs import Files
from paser_core.runs.scores import Cost
from paser_core.stages.divergence import CHUNK_TOKENS, Tokenized, plan_chunks
from paser_core.stages.divergence.prepared import length_notices
from paser_core.stages.divergence.reading import batch_of
from paser_core.stages.likelihood import by_row, next_tokens, token_losses
from paser_core.workspace.parts import Arrays


@dataclass(frozen=True)
class Anchors:
    """The tasks that every sample is tried on."""

    rows: NDArray[np.int64]  # (m,) row numbers, in data-set order
    alone: NDArray[
        np.float64
    ]  # (m,) loss of the answer with nothing before, summed over its tokens
    lengths: NDArray[np.int64]  # (m,) tokens after the one that a text begins with
    answers: NDArray[np.int64]  # (m,) tokens of the answer
    shared: tuple[int, ...]  # ids that all of them begin with, up to before the answers
    # Micro-batches of what comes after those: places in ``rows``, ids and positions ``(b, t)``.
    batches: tuple[tuple[NDArray[np.int64], torch.Tensor, torch.Tensor], ...]


def write_nuggets(work: Scoring, report: Progress) -> None:
    """``golden`` in [0, 1], and ``gain``: what an answer token gains on average, in nats."""
    run, model = work.run, work.model
    tokenized = work.tokenized(conversations_of(run))
    batch_tokens = run.config.divergence.batch_tokens
    problems = list(tokenized.problems)
    vectors = np.load(run.path / Files.EMBEDDINGS, allow_pickle=False)
    readable = np.flatnonzero(tokenized.lengths)
    rows = nearest_to_centers(vectors, readable, work.config.anchors, run.config.seed)
    anchors = anchors_of(tokenized, rows, model, work.start_of(tokenized), batch_tokens)
    most = int(anchors.lengths.max())
    if model.positions is not None:
        for row in readable[tokenized.lengths[readable] + most > model.positions]:
            problems[row] = (
                f"It has {tokenized.lengths[row]} tokens; with the longest anchor task ({most}) after "
                f"it, it is longer than the {model.positions} that the model can read."
            )
    tried = readable[[problems[row] is None for row in readable]]
    continued = Once(partial(_continued, work.reader))
    work.checkpoints.note("nuggets", _notices(work, tokenized, anchors, continued.value))
    after = int(sum(ids.numel() for _, ids, _ in anchors.batches))
    a_part = max(1, CHUNK_TOKENS // max(after, 1))
    parts = [tried[start : start + a_part] for start in range(0, len(tried), a_part)]
    make = partial(_gains, work.reader, continued, tokenized, anchors, parts)
    golden, gain = np.full(run.n, np.nan), np.full(run.n, np.nan)
    costs = [int(tokenized.lengths[part].sum()) + len(part) * after for part in parts]
    owner = f"{batch_tokens} {rows.tolist()}"
    for part, made in zip(parts, work.parts(owner, costs, make, report), strict=True):
        known = np.isfinite(made["gains"]).all(axis=1)
        golden[part] = np.where(known, (made["gains"] > 0).mean(axis=1), np.nan)
        gain[part] = np.where(known, (made["gains"] / anchors.answers).mean(axis=1), np.nan)
    for row in tried[np.isnan(golden[tried])]:
        problems[row] = f"{model.name} gave logits that are not finite for it."
    work.checkpoints.manifest["anchors"] = [run.ids[row] for row in rows]
    work.write({"golden": golden, "gain": gain}, problems)


def _continued(reader: Once[TransformersLM]) -> Continued:
    return Continued(reader.value)


def _gains(
    reader: Once[TransformersLM],
    continued: Once[Continued],
    tokenized: Tokenized,
    anchors: Anchors,
    parts: Sequence[NDArray[np.int64]],
    number: int,
) -> tuple[Arrays, Cost]:
    """What the rows of one part bring to every anchor.

    Args:
        reader: the model.
        continued: reads texts after others with it.
        tokenized: the samples.
        anchors: the tasks.
        parts: rows, all of them.
        number: of the part.
    """
    rows, m = parts[number], len(anchors.rows)
    gains = [
        gains_of(tokenized.row(row)[0], anchors, continued.value, reader.value) for row in rows
    ]
    after = len(anchors.shared) + int(anchors.lengths.sum()) - m * len(anchors.shared)
    tokens = int(tokenized.lengths[rows].sum()) + len(gains) * after
    return {"gains": np.stack(gains)}, Cost(len(gains) * (m + 1), tokens)


def nearest_to_centers(
    vectors: NDArray[np.float32], rows: NDArray[np.int64], m: int, seed: int
) -> NDArray[np.int64]:
    """The samples next to the k-means centers of a pool, in data-set order.

    Args:
        vectors: ``(n, d)`` embeddings.
        rows: those that may be taken.
        m: how many centers; fewer are found where there are fewer different samples.
        seed: of k-means.
    """
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits

    points = vectors[rows].astype(np.float64)
    distinct = len(np.unique(points, axis=0))
    k = min(m, distinct)
    import warnings

    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        fitted = KMeans(k, n_init=1, random_state=seed).fit(points)
    distances = ((points - fitted.cluster_centers_[fitted.labels_]) ** 2).sum(axis=1)
    nearest = []
    for center in range(k):
        members = np.flatnonzero(fitted.labels_ == center)
        if len(members):
            nearest.append(rows[members[np.argmin(distances[members])]])
    return np.sort(np.array(nearest, np.int64))


@enough_memory(
    "Lower divergence.batch_tokens in the run's config and start the same command again."
)
def anchors_of(
    tokenized: Tokenized,
    rows: NDArray[np.int64],
    model: LanguageModel,
    start: list[int],
    batch_tokens: int,
) -> Anchors:
    """The anchor tasks, read alone, and cut for what stands after an example.

    Args:
        tokenized: the pool.
        rows: ``(m,)`` the samples that are the tasks.
        model: reads them.
        start: what a text begins with.
        batch_tokens: most padded tokens of a micro-batch.
    """
    lengths = tokenized.lengths[rows]
    alone = np.empty(len(rows))
    for chunk in plan_chunks(lengths, batch_tokens):
        for places in chunk.batches:
            ids, mask, positions = batch_of(rows[places], tokenized)
            losses = token_losses(
                model, model.states(ids, mask, positions), next_tokens(ids, positions)
            )
            alone[places] = by_row(losses, positions, np.sum)
    texts = []
    for row in rows:
        ids, measured = (array.tolist() for array in tokenized.row(int(row)))
        cut = len(start) if start and ids[: len(start)] == start else 0
        texts.append((ids[cut:], measured[cut:]))
    shared = _shared([ids[: measured.index(True)] for ids, measured in texts])
    rest = np.array([len(ids) - shared for ids, _ in texts], np.int64)
    batches = tuple(
        (places, *_padded([texts[place] for place in places], shared))
        for chunk in plan_chunks(rest, batch_tokens)
        for places in chunk.batches
    )
    return Anchors(
        rows,
        alone,
        rest + shared,
        np.array([sum(measured) for _, measured in texts], np.int64),
        tuple(texts[0][0][:shared]),
        batches,
    )


@enough_memory(
    "Lower divergence.batch_tokens in the run's config and start the same command again."
)
def gains_of(
    example: NDArray[np.int32], anchors: Anchors, continued: Continued, model: LanguageModel
) -> NDArray[np.float64]:
    """``(m,)`` by how much the log-probability of each anchor's answer rises after an example.

    Args:
        example: ``(t,)`` ids.
        anchors: the tasks.
        continued: reads texts after others.
        model: the model behind it.
    """
    read = continued.read([*example.tolist(), *anchors.shared])
    after = np.empty(len(anchors.rows))
    for places, ids, positions in anchors.batches:
        states = continued.states(read, ids, positions)
        losses = token_losses(model, states, next_tokens(ids, positions))
        after[places] = by_row(losses, positions, np.sum)
    return anchors.alone - after


def _shared(prompts: list[list[int]]) -> int:
    """How many ids all prompts begin with; one stays, so that it is there to predict the answer."""
    first, most = prompts[0], min(len(prompt) for prompt in prompts) - 1
    return next(
        (i for i in range(max(most, 0)) if any(p[i] != first[i] for p in prompts)), max(most, 0)
    )


def _padded(
    texts: list[tuple[list[int], list[bool]]], cut: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Ids and positions ``(b, t)`` of texts from ``cut`` on."""
    longest = max(len(ids) for ids, _ in texts) - cut
    ids = torch.zeros(len(texts), longest, dtype=torch.long)
    positions = torch.zeros(len(texts), longest, dtype=torch.bool)
    for i, (these, measured) in enumerate(texts):
        ids[i, : len(these) - cut] = torch.tensor(these[cut:])
        positions[i, : len(these) - cut - 1] = torch.tensor(measured[cut + 1 :])
    return ids, positions


def _notices(
    work: Scoring, tokenized: Tokenized, anchors: Anchors, continued: Continued
) -> list[Notice]:
    told = list(length_notices(tokenized, work.longest))
    m, asked = len(anchors.rows), work.config.anchors
    if m < asked:
        told.append(
            Notice(
                "few-anchors",
                f"{asked:,} anchor tasks were asked for, and the pool has {m:,} different samples for "
                "them: the golden score is a share of those.",
                count=m,
                total=asked,
            )
        )
    told.append(
        Notice(
            "golden-ties",
            f"The golden score has {m + 1:,} values at most, so many samples are equal; those are in "
            "the order of the data set.",
            Severity.INFO,
        )
    )
    if not continued.keeps:
        told.append(
            Notice(
                "no-keys-kept",
                f"{work.model.name} cannot go on from what it has read, so every example was read anew "
                "before each anchor task: the same scores, and several times the cost.",
                Severity.INFO,
            )
        )
    return told
