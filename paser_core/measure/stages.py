"""What each stage reads and writes: arrays in, files of the run folder out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from paser_core.config import Precision, RunConfig
from paser_core.engines.engine import Once
from paser_core.engines.local import LOCAL
from paser_core.engines.processes import PROCESSES
from paser_core.measure.blocks import ResumableEncoder
from paser_core.measure.encoding import encode, precision_notices, reading_table
from paser_core.measure.inputs import Input
from paser_core.measure.vectors import read_vectors, vectors_file, vectors_print
from paser_core.measure.work import Work
from paser_core.protocols import Encoder, PreciseEncoder, Progress
from paser_core.runs import Files, pack_concepts
from paser_core.stages.clusterings.method import (
    ClusteringMethod,
    Material,
    clustering_of,
    encoder_named,
)
from paser_core.stages.concepts import (
    Joined,
    concept_notices,
    extract_concepts,
    filter_concepts,
)
from paser_core.stages.embedding import embed, precomputed
from paser_core.stages.legibility import precomputed_notices
from paser_core.stages.manifold import fit_manifold
from paser_core.stages.places import find_places, split_clusters
from paser_core.stages.projection import landmark_notice, layout_map
from paser_core.stages.search import Recall, Search
from paser_core.stages.stability import measure_stability, sample_notice

_MANY = 20_000  # texts: their concepts take a few seconds
_MANY_POINTS = 10_000  # on the map: to lay them out takes as long as umap-learn needs to start


def write_embeddings(work: Work, report: Progress) -> None:
    """``embeddings.npy``: ``(n, d)`` unit rows; rows that are invalid or unreadable are zero.

    ``reading.parquet`` says which those are, and why. The manifest is told about the encoder.
    """
    given, config, store = work.given, work.config, work.store
    n, rows = len(given.texts), given.rows
    texts = [given.texts[i] for i in rows]
    note = partial(work.note, "embedding")
    for name in ("encoder", "vectors"):  # of another making
        work.manifest.pop(name, None)
    if config.embedding.precomputed is None:
        encoder = Once(work.loaders.encoder)
        weights = work.loaders.fingerprint(config.embedding.model)
        note(given.shared)
        precision = _precision(encoder.value)
        note(precision_notices(config.embedding.dtype, precision))
        resumable = ResumableEncoder(encoder, (weights, precision), store, work.engine)
        encoded = encode(texts, resumable, encoder.value, note, report, given.speech_of(rows))
        full = np.zeros((n, encoded.vectors.shape[1]), np.float32)
        full[rows] = encoded.vectors
        reading = reading_table(encoded.problems, encoded.reading, rows, n)
        work.manifest["encoder"] = {
            "name": resumable.name,
            "fingerprint": weights,
            "dtype": str(precision),
        }
    else:
        full = _own_vectors(given, config)
        work.manifest["vectors"] = vectors_print(config.embedding)
        note(precomputed_notices(full, texts, rows))
        report(n, n)
        reading = reading_table((None,) * len(rows), None, rows, n)
    store.write_table(Files.READING, reading)
    store.write_array(Files.EMBEDDINGS, full)


def _precision(encoder: Encoder) -> Precision:
    return encoder.precision if isinstance(encoder, PreciseEncoder) else Precision.FLOAT32


def _own_vectors(given: Input, config: RunConfig) -> NDArray[np.float32]:
    """``(n, d)`` unit rows out of the file or the column that the user named."""
    records, file = given.records, vectors_file(config.embedding)
    if file is None:
        assert records.vectors is not None
        vectors, source = records.vectors, records.source
    else:
        vectors, source = read_vectors(file, mapped=True), str(file)
        if config.data.limit is not None and vectors.ndim:  # of the data the first rows were read
            vectors = vectors[: config.data.limit]
    ids = records.frame["id"].tolist()
    return precomputed(vectors, len(ids), ids=ids, skip=~records.valid, path=source)


def write_manifold(work: Work, report: Progress) -> None:
    """``manifold.npz``: coordinates ``(v, r)`` of the rows that are valid and were read."""
    store, config, given = work.store, work.config, work.given.readable(work.store)
    embeddings = np.load(store.path(Files.EMBEDDINGS), allow_pickle=False)
    searched: list[Recall] = []
    fitted = fit_manifold(
        embeddings[given.rows], config.manifold, config.seed, report, searched.append
    )
    work.note("manifold", [recall.notice("of the embeddings") for recall in searched])
    store.write_arrays(
        Files.MANIFOLD,
        {
            "rows": given.rows,
            "coordinates": fitted.coordinates,
            "eigenvalues": fitted.eigenvalues,
            "time": np.array(fitted.time),
        }
        | recalls(searched),
    )


def write_clustering(work: Work, report: Progress) -> None:
    """``clustering.npz``: labels ``(v,)``, memberships ``(v, K)``, error and score per K, stability."""
    store, config = work.store, work.config
    manifold = store.read_arrays(Files.MANIFOLD)
    coordinates = manifold["coordinates"]
    method = clustering_of(config.clustering.method)
    material = _material(work, manifold["rows"], coordinates, method)
    searched: list[Recall] = []
    search = Search.of(config.manifold, config.seed, searched.append)
    fitted = method.fit(material, config.clustering, config.seed, report, search)
    tried = sorted(fitted.errors)
    labels, memberships = split_clusters(
        fitted.labels, fitted.memberships, coordinates, config.clustering.split, config.seed
    )
    stability = measure_stability(
        labels,
        _again(work, manifold["rows"], fitted.n_clusters, method, material),
        config.clustering.stability,
        config.seed,
    )
    notices = [recall.notice("on the manifold") for recall in searched]
    if fitted.chosen_on is not None:
        notices.append(sample_notice(fitted.chosen_on, len(labels), stability.rounds))
    work.note("clustering", notices)
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
        }
        | recalls(searched),
    )


def _material(
    work: Work,
    rows: NDArray[np.int64],
    coordinates: NDArray[np.float64],
    method: ClusteringMethod,
) -> Material:
    """What the samples on the manifold are grouped by."""
    config, given = work.config, work.given
    texts = [given.texts[row] for row in rows]
    vectors = None
    if method.asks_encoder:
        name = encoder_named(config.clustering.encoder, config.clustering.method)
        vectors = embed(texts, work.loaders.named(name, config.embedding.batch_size))
    return Material(coordinates, texts, given.language, vectors)


def _again(
    work: Work,
    places: NDArray[np.int64],
    k: int,
    method: ClusteringMethod,
    material: Material,
) -> Callable[[NDArray[np.int64], int], NDArray[np.int32]]:
    """Clusters of some of the ``(v,)`` rows with another seed; the manifold of S2RIC, too."""
    config = work.config
    embeddings = np.load(work.store.path(Files.EMBEDDINGS), mmap_mode="r", allow_pickle=False)
    # One cluster is one cluster from any start; and the section accepts two at the least.
    clustering = replace(config.clustering, n_clusters=max(k, 2), split=())

    def refit(rows: NDArray[np.int64], seed: int) -> NDArray[np.int32]:
        drawn = material.take(rows)
        if method.strength is None:
            points = np.asarray(embeddings[places[rows]])
            coordinates = fit_manifold(points, config.manifold, seed).coordinates
            drawn = replace(drawn, coordinates=coordinates)
        return method.fit(drawn, clustering, seed).labels

    return refit


def recalls(searched: list[Recall]) -> dict[str, NDArray[np.float64]]:
    """What a file of a run says of approximate searches for neighbors; nothing where there was none."""
    return {"recall": np.array([recall.share for recall in searched])} if searched else {}


def write_layout(work: Work, report: Progress) -> None:
    """``layout.npz``: the map, ``(v, 2)`` and ``(v, 3)``."""
    coordinates, config = work.store.read_arrays(Files.MANIFOLD)["coordinates"], work.config
    searched: list[Recall] = []
    search = Search.of(config.manifold, config.seed, searched.append)
    # The two maps at once, as soon as that is worth starting processes.
    engine = PROCESSES if len(coordinates) >= _MANY_POINTS else LOCAL
    flat, deep = layout_map(coordinates, config.seed, report, search, engine)
    notices = [recall.notice("on the manifold, for the map,") for recall in searched]
    drawn = landmark_notice(len(coordinates))
    work.note("layout", notices if drawn is None else [drawn, *notices])
    work.store.write_arrays(Files.LAYOUT, {"flat": flat, "deep": deep} | recalls(searched))


def write_concepts(work: Work, report: Progress) -> None:
    """``concepts.npz``: ranked candidate phrases of every row, before any knob."""
    given, config = work.given, work.config
    pool = Joined(given.texts, given.records.frame["output"].array)
    # Elsewhere, where that was asked for; else with all processors, as soon as that is worth starting them.
    engine = PROCESSES if work.engine is LOCAL and len(pool) >= _MANY else work.engine
    table = extract_concepts(pool, report, given.speech, engine)
    work.store.write_arrays(Files.CONCEPTS, pack_concepts(table))
    work.note("concepts", concept_notices(filter_concepts(table, config.concepts), given.speech))
