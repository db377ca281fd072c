"""What each stage reads and writes: arrays in, files of the run folder out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paser_core.config import AUTO, DType, RunConfig, SharedText, Turns
from paser_core.language import Speech, told_by
from paser_core.measure import tables
from paser_core.measure.blocks import ResumableEncoder
from paser_core.measure.encoding import Embedded, Note, encode
from paser_core.measure.progress import by_work
from paser_core.measure.vectors import read_vectors, vectors_file, vectors_print
from paser_core.notices import Notice
from paser_core.protocols import Encoder, ModelPair, Progress, no_progress
from paser_core.records import Records
from paser_core.records.conversations import Conversation, user_text
from paser_core.runs import Files, pack_concepts
from paser_core.stages.boilerplate import without_shared
from paser_core.stages.clustering import fit_clustering
from paser_core.stages.concepts import (
    build_table,
    concept_notices,
    extract_phrases,
    filter_concepts,
)
from paser_core.stages.divergence import plan_chunks, score_chunk, temperature_nodes, tokenize
from paser_core.stages.divergence.prepared import Prepared
from paser_core.stages.embedding import precomputed
from paser_core.stages.legibility import precomputed_notices
from paser_core.stages.manifold import fit_manifold
from paser_core.stages.mixture import find_places, split_clusters
from paser_core.stages.projection import layout_map
from paser_core.stages.stability import measure_stability
from paser_core.workspace.keys import key_of
from paser_core.workspace.store import Store

_CHUNK_BATCHES = 4  # what a kill may cost: four micro-batches, seconds to a minute


def _unknown(name: str) -> str | None:
    return None


def _unchecked(
    conversations: Sequence[Conversation | None], on_progress: Progress
) -> Prepared | None:
    return None


@dataclass(frozen=True)
class Loaders:
    """How to get the models, called only when a stage needs them."""

    encoder: Callable[[], Encoder]
    models: Callable[[], ModelPair]
    # sha256 of the weights behind a name, without loading them; None where they are not at hand.
    fingerprint: Callable[[str], str | None] = _unknown
    # Before any stage: raises what would stop ``models`` after hours of other stages, and tells
    # what of the samples the models will not read. None: nothing was looked at.
    check: Callable[[Sequence[Conversation | None], Progress], Prepared | None] = _unchecked
    rows: Any = None  # the data, where they are in memory; None: they are where the config says


@dataclass(frozen=True)
class Input:
    """The data as the stages see it."""

    records: Records
    texts: tuple[str, ...]  # (n,) what is embedded
    conversations: Sequence[Conversation | None]  # (n,) what the models read; None: invalid
    rows: NDArray[np.int64]  # (v,) row numbers of the valid samples

    told: tuple[str, ...] = ()  # (n,) what the language of each is told by
    shared: tuple[Notice, ...] = ()  # what was left out of the texts

    @classmethod
    def of(cls, records: Records, config: RunConfig) -> Input:
        """The texts that stand for the samples, without what many of them share."""
        frame = records.frame
        asked = zip(frame["instruction"], frame["input"], strict=True)
        texts = [user_text(instruction, extra, "\n") for instruction, extra in asked]
        if config.embedding.turns is Turns.ALL:
            earlier = [earlier_turns(c) for c in records.conversations]
            texts = ["\n".join((*e, t)) for e, t in zip(earlier, texts, strict=True)]
        rows = np.flatnonzero(records.valid)
        whole = tuple(texts)
        shared: tuple[Notice, ...] = ()
        if config.embedding.shared is not SharedText.KEEP:
            stripped = without_shared([texts[row] for row in rows])
            shared = stripped.notices
            for row, text in zip(rows.tolist(), stripped.texts, strict=True):
                texts[row] = text
        told = told_by(texts, whole, frame["output"].tolist())
        return cls(records, tuple(texts), records.conversations, rows, told, shared)

    def readable(self, store: Store) -> Input:
        """Without the samples that the encoder could not read."""
        problems = tables.reading_problems(store, len(self.texts))
        unread = np.array([problem is not None for problem in problems], bool)
        return replace(self, rows=self.rows[~unread[self.rows]])


def earlier_turns(conversation: Conversation | None) -> list[str]:
    """What was said before the last question, system prompts left out."""
    if conversation is None:
        return []
    before = [m for m in conversation.messages[: conversation.answer] if m["role"] != "system"]
    asked = max((i for i, m in enumerate(before) if m["role"] == "user"), default=0)
    return [m["content"] for m in before[:asked] if isinstance(m.get("content"), str)]


def write_embeddings(
    store: Store,
    given: Input,
    config: RunConfig,
    loaders: Loaders,
    report: Progress,
    note: Note,
) -> dict[str, Any]:
    """``embeddings.npy``: ``(n, d)`` unit rows; rows that are invalid or unreadable are zero.

    ``reading.parquet`` says which those are, and why. Returns what the manifest says about the
    encoder.

    Args:
        store: the run folder.
        given: the data.
        config: of the run.
        loaders: called for the encoder, unless vectors were brought.
        report: told how many texts are done, and of how many.
        note: told at once what a reader has to know.
    """
    said: dict[str, Any] = {}
    n, rows = len(given.texts), given.rows
    texts = [given.texts[i] for i in rows]
    if config.embedding.precomputed is None:
        encoder = loaders.encoder()
        weights = loaders.fingerprint(config.embedding.model)
        note(given.shared)
        resumable = ResumableEncoder(encoder, weights, store)
        speech = Speech.of([given.told[i] for i in rows], given_language(config))
        encoded = encode(texts, resumable, encoder, note, report, speech)
        full = np.zeros((n, encoded.vectors.shape[1]), np.float32)
        full[rows] = encoded.vectors
        said["encoder"] = {"name": encoder.name, "fingerprint": weights}
    else:
        full = _own_vectors(given, config)
        said["vectors"] = vectors_print(config.embedding)
        note(precomputed_notices(full[rows], texts))
        encoded = Embedded(full[rows], (None,) * len(rows), None)
        report(n, n)
    store.write_table(Files.READING, encoded.table(rows, n))
    store.write_array(Files.EMBEDDINGS, full)
    return said


def _own_vectors(given: Input, config: RunConfig) -> NDArray[np.float32]:
    """``(n, d)`` unit rows out of the file or the column that the user named."""
    records, file = given.records, vectors_file(config.embedding)
    if file is None:
        assert records.vectors is not None
        vectors, source = records.vectors, records.source
    else:
        vectors, source = read_vectors(file), str(file)
        if config.data.limit is not None and vectors.ndim:  # of the data the first rows were read
            vectors = vectors[: config.data.limit]
    ids = records.frame["id"].tolist()
    return precomputed(vectors, len(ids), ids=ids, skip=~records.valid, path=source)


def write_manifold(store: Store, given: Input, config: RunConfig, report: Progress) -> None:
    """``manifold.npz``: coordinates ``(v, r)`` of the valid rows.

    Args:
        store: the run folder, with the embeddings.
        given: the data, without what could not be read.
        config: of the run.
        report: told how many samples are done, and of how many.
    """
    embeddings = np.load(store.path(Files.EMBEDDINGS), allow_pickle=False)
    fitted = fit_manifold(embeddings[given.rows], config.manifold, config.seed, report)
    store.write_arrays(
        Files.MANIFOLD,
        {
            "rows": given.rows,
            "coordinates": fitted.coordinates,
            "eigenvalues": fitted.eigenvalues,
            "time": np.array(fitted.time),
        },
    )


def write_clustering(store: Store, given: Input, config: RunConfig, report: Progress) -> None:
    """``clustering.npz``: labels ``(v,)``, memberships ``(v, K)``, error and score per K, stability.

    Args:
        store: the run folder, with embeddings and manifold.
        given: the data.
        config: of the run.
        report: told how many numbers of clusters are tried, and of how many.
    """
    coordinates = store.read_arrays(Files.MANIFOLD)["coordinates"]
    fitted = fit_clustering(coordinates, config.clustering, config.seed, report)
    tried = sorted(fitted.errors)
    labels, memberships = split_clusters(
        fitted.labels, fitted.memberships, coordinates, config.clustering.split, config.seed
    )
    stability = measure_stability(
        labels,
        _again(store, given, config, fitted.n_clusters),
        config.clustering.stability,
        config.seed,
    )
    store.write_arrays(
        Files.CLUSTERING,
        {
            "labels": labels,
            "memberships": memberships,
            "places": find_places(coordinates, labels),
            "k": np.array(tried),
            "errors": np.array([fitted.errors[k] for k in tried]),
            "scores": np.array([fitted.scores.get(k, np.nan) for k in tried]),
            "criterion": np.array(str(fitted.criterion)),
            "reason": np.array(fitted.reason),
            "stability": np.array(stability.overall),
            "stability_per_cluster": stability.per_cluster,
            "stability_rounds": np.array(stability.rounds),
        },
    )


def _again(
    store: Store, given: Input, config: RunConfig, k: int
) -> Callable[[NDArray[np.int64], int], NDArray[np.int32]]:
    """Manifold and clusters of some of the valid rows, from the embeddings on, with another seed."""
    embeddings = np.load(store.path(Files.EMBEDDINGS), mmap_mode="r", allow_pickle=False)
    # One cluster is one cluster from any start; and the section accepts two at the least.
    clustering = replace(config.clustering, n_clusters=max(k, 2), split=())

    def refit(rows: NDArray[np.int64], seed: int) -> NDArray[np.int32]:
        points = np.asarray(embeddings[given.rows[rows]])
        coordinates = fit_manifold(points, config.manifold, seed).coordinates
        return fit_clustering(coordinates, clustering, seed).labels

    return refit


def write_layout(store: Store, config: RunConfig, report: Progress) -> None:
    """``layout.npz``: the map, ``(v, 2)`` and ``(v, 3)``."""
    coordinates = store.read_arrays(Files.MANIFOLD)["coordinates"]
    flat, deep = layout_map(coordinates, config.seed, report)
    store.write_arrays(Files.LAYOUT, {"flat": flat, "deep": deep})


def write_concepts(store: Store, given: Input, config: RunConfig, report: Progress) -> list[Notice]:
    """``concepts.npz``: ranked candidate phrases of every row, before any knob.

    Returns what a reader has to know of them.

    Args:
        store: the run folder.
        given: the data.
        config: of the run.
        report: told how many samples are done, and of how many.
    """
    outputs = given.records.frame["output"]
    texts = ["\n".join(parts) for parts in zip(given.texts, outputs, strict=True)]
    speech = Speech.of(given.told, given_language(config))
    table = build_table(extract_phrases(texts, report, speech))
    store.write_arrays(Files.CONCEPTS, pack_concepts(table))
    return concept_notices(filter_concepts(table, config.concepts), speech)


def given_language(config: RunConfig) -> str | None:
    """The language that somebody said all samples have."""
    return None if config.data.language == AUTO else config.data.language


def write_divergence(
    store: Store,
    given: Input,
    config: RunConfig,
    pair: ModelPair,
    prepared: Prepared | None,
    report: Progress,
    report_tokens: Progress = no_progress,
) -> dict[str, Any]:
    """``divergence.npy`` and ``tokens.parquet``; returns what the manifest says about the models.

    Every chunk is written as soon as it is scored, and is not scored again after a kill.

    Tokens were made before the first stage, unless nobody looked at the samples (``prepared`` is
    None). They have a progress of their own, told through ``report_tokens``: the speed of a
    tokenizer says nothing about that of the models, and the time left follows from speed.

    Args:
        store: the run folder; parts that an earlier start left in it are taken over.
        given: the data.
        config: of the run.
        pair: both models and their tokenizer.
        prepared: the tokens, where the samples were looked at before; None: they are made here.
        report: told how many samples are scored, and of how many.
        report_tokens: told how many samples are tokenized, and of how many.
    """
    if prepared is None:
        most = min(config.divergence.max_length, pair.positions or config.divergence.max_length)
        tokenized = tokenize(
            given.conversations,
            pair.tokenizer,
            most,
            every_turn=config.divergence.turns is Turns.ALL,
            vocab_size=pair.vocab_size,
            on_progress=report_tokens,
        )
    else:
        tokenized = prepared.tokenized.within(pair.vocab_size)
    nodes = temperature_nodes(config.divergence.nodes)
    batch_tokens = config.divergence.batch_tokens
    chunks = plan_chunks(tokenized.lengths, batch_tokens, _CHUNK_BATCHES * batch_tokens)
    # A part belongs to what the models read, how they compute and what they are; others are never
    # picked up. Data, template and max_length need no mention: they act through the tokens alone.
    dtype = config.models.dtype
    owner = key_of(
        tokenized.sha256,
        [c.rows.tolist() for c in chunks],
        nodes.tolist(),
        pair.vocab_size,
        dtype,
        config.models.device if dtype is DType.AUTO else None,  # it chooses the dtype then
        pair.original.fingerprint,
        pair.compressed.fingerprint,
    )
    scored = np.concatenate([chunk.rows for chunk in chunks] or [np.empty(0, np.int64)])
    total = len(scored)
    report = by_work(report, tokenized.lengths[scored])
    done = 0
    for chunk in chunks:
        part = tables.part_name(owner, chunk.number)
        if store.part(part, partial(tables.fits, chunk=chunk, n_nodes=len(nodes))) is None:
            before = done
            scores = score_chunk(
                chunk, tokenized, pair, nodes, lambda d, _, b=before: report(b + d, total)
            )
            store.write_arrays(part, tables.pack_scores(scores))
            # Only now: what an earlier start scored says nothing about the speed of this one.
            report(done + len(chunk.rows), total)
        done += len(chunk.rows)
    report(total, total)
    tables.write_divergence(store, owner, len(chunks), tokenized, nodes, pair.tokenizer)
    return {
        "temperatures": nodes.tolist(),
        "models": {
            "original": {"name": pair.original.name, "fingerprint": pair.original.fingerprint},
            "compressed": {
                "name": pair.compressed.name,
                "fingerprint": pair.compressed.fingerprint,
            },
            "template": str(config.models.template),
        },
    }
