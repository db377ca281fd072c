"""The tables of the run folder: tokens, samples, clusters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from paser_core.measure.inputs import reading_problems, user_columns
from paser_core.measure.work import Work
from paser_core.protocols import Progress
from paser_core.records.texts import each_row
from paser_core.runs import Counts, Files, searchable, unpack_concepts
from paser_core.runs.groups import SAMPLES_A_GROUP
from paser_core.runs.originals import GROUP, SCHEMA, originals_tables
from paser_core.stages import naming, stability
from paser_core.stages.concepts import ConceptTable, filter_concepts
from paser_core.stages.divergence.nodes import interpolate, temperature_nodes
from paser_core.stages.mixture import mixtures, notice_of
from paser_core.stages.naming import centrality, describe_clusters
from paser_core.stages.scoring import cluster_scores
from paser_core.workspace.store import Store


def write_summary(work: Work, _: Progress) -> None:
    """The tables that a reader asks, out of everything the stages wrote.

    The manifest is told how many rows were read, measured and cut, and what a reader has to know
    about the clusters.
    """
    store, config, records = work.store, work.config, work.given.records
    n = len(records.frame)
    manifold = store.read_arrays(Files.MANIFOLD)
    clustering = store.read_arrays(Files.CLUSTERING)
    layout = store.read_arrays(Files.LAYOUT)
    rows = manifold["rows"]
    n_clusters = clustering["memberships"].shape[1]
    strength = clustering["memberships"][np.arange(len(rows)), clustering["labels"]]
    labels = np.full(n, -1, np.int32)
    labels[rows] = clustering["labels"]

    frame = records.frame.drop(columns="problem").rename(columns=user_columns(records))
    problems = [
        a if isinstance(a, str) else b
        for a, b in zip(records.frame["problem"], reading_problems(store, n), strict=True)
    ]
    divergence = None
    truncated = np.zeros(n, bool)
    if config.models.original is not None:
        tokens = _tokens(store)
        problems = [
            a if isinstance(a, str) else b for a, b in zip(problems, tokens["problem"], strict=True)
        ]
        frame["prompt_tokens"] = tokens["prompt_tokens"]
        frame["response_tokens"] = tokens["response_tokens"]
        divergence = _at_one(store)
        truncated = tokens["truncated"].to_numpy(bool)
    else:
        frame["prompt_tokens"] = pd.array([None] * n, "Int32")
        frame["response_tokens"] = pd.array([None] * n, "Int32")
    frame["cluster"] = labels
    frame["membership"] = _spread(strength, rows, n)
    for name, column in zip(("x", "y"), layout["flat"].T, strict=True):
        frame[name] = _spread(column, rows, n)
    for name, column in zip(("x3", "y3", "z3"), layout["deep"].T, strict=True):
        frame[name] = _spread(column, rows, n)
    concepts = filter_concepts(unpack_concepts(store.read_arrays(Files.CONCEPTS)), config.concepts)
    # What stands for them until the table is made; pandas only tells by it what they are.
    frame["concepts"] = [[""] if len(concepts.ids) else []] * n
    frame["divergence"] = np.full(n, np.nan) if divergence is None else divergence
    frame["problem"] = pd.array([p if isinstance(p, str) else None for p in problems], "string")
    store.write_table(Files.SAMPLES, _samples_table(frame, concepts), SAMPLES_A_GROUP)
    columns = [each_row(frame, [name]) for name in ("instruction", "input", "output")]
    texts = [(text for (text,) in column) for column in columns]
    valid = np.array([not isinstance(p, str) for p in problems], bool)
    measured = np.full(n, np.nan) if divergence is None else divergence
    # One after the other, and before what the clusters are about, which needs all texts at once: side by side
    # they take more memory than they save time.
    store.write_tables(
        Files.ORIGINALS,
        SCHEMA,
        originals_tables(records.originals, records.conversations),
        rows_a_group=GROUP,
    )
    store.write_batches(Files.SEARCH, searchable.SCHEMA, searchable.searchable(texts))
    scores = cluster_scores(measured, labels, n_clusters, valid, config.seed)
    described = describe_clusters(
        [work.given.texts[i] for i in rows],
        clustering["labels"],
        centrality(manifold["coordinates"], clustering["labels"]),
        None if divergence is None else divergence[rows],
        work.given.speech_of(rows),
    )
    sizes = np.bincount(clustering["labels"], minlength=n_clusters)
    names = [d.name for d in described]
    ids = records.frame["id"].to_numpy()
    store.write_table(
        Files.CLUSTERS,
        pa.table(
            {
                "cluster": pa.array(range(n_clusters), pa.int32()),
                "size": pa.array(sizes),
                "name": pa.array(names),
                "keywords": pa.array([list(d.keywords) for d in described], pa.list_(pa.string())),
                "exemplars": _id_lists(ids, rows, [d.central for d in described]),
                "damaged": _id_lists(ids, rows, [d.damaged for d in described]),
                "measured": pa.array(scores.sizes),
                "cds": pa.array(scores.cds, from_pandas=True),
                "cds_low": pa.array(scores.low, from_pandas=True),
                "cds_high": pa.array(scores.high, from_pandas=True),
            }
        ),
    )
    work.manifest["counts"] = Counts.of(labels, valid, divergence, truncated, n_clusters).to_tree()
    notices = [
        stability.notice_of(clustering["stability_per_cluster"], sizes, names),
        naming.notice_of(clustering["labels"]),
    ]
    if divergence is not None:
        made = mixtures(
            clustering["places"],
            np.where(valid, divergence, np.nan)[rows],
            clustering["labels"],
            n_clusters,
            config.seed,
        )
        notices.append(notice_of(made, names))
    work.note("summary", [notice for notice in notices if notice is not None])


def _samples_table(frame: pd.DataFrame, concepts: ConceptTable) -> pa.Table:
    """The samples with their concepts: lists without an object for each row."""
    table = pa.Table.from_pandas(frame, preserve_index=False)
    words = pa.array(concepts.vocabulary, pa.string()).take(pa.array(concepts.ids))
    lists = pa.ListArray.from_arrays(pa.array(concepts.indptr, pa.int32()), words)
    return table.set_column(table.schema.get_field_index("concepts"), "concepts", lists)


def _tokens(store: Store) -> pd.DataFrame:
    columns = ["prompt_tokens", "response_tokens", "truncated", "problem"]
    return pd.read_parquet(store.path(Files.TOKENS), columns=columns)


def _at_one(store: Store) -> NDArray[np.float64]:
    """``(n,)`` divergence at T = 1: the middle node, or what the nodes say about it."""
    values = np.load(store.path(Files.DIVERGENCE), allow_pickle=False)
    return interpolate(values, temperature_nodes(values.shape[1]), 1.0)


def _spread(values: NDArray[Any], rows: NDArray[np.int64], n: int) -> NDArray[np.float32]:
    full = np.full(n, np.nan, np.float32)
    full[rows] = values
    return full


def _id_lists(
    ids: NDArray[Any], rows: NDArray[np.int64], lists: Sequence[Sequence[int]]
) -> pa.Array:
    return pa.array(
        [[str(ids[rows[i]]) for i in chosen] for chosen in lists], pa.list_(pa.string())
    )
