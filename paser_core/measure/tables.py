"""The tables of the run folder: tokens, samples, clusters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from paser_core.config import AUTO, RunConfig
from paser_core.language import Speech
from paser_core.notices import Notice
from paser_core.protocols import Tokenizer
from paser_core.records import Records
from paser_core.runs import OUR_COLUMNS, Counts, Files, unpack_concepts
from paser_core.runs.originals import GROUP, originals_table
from paser_core.stages import stability
from paser_core.stages.concepts import filter_concepts
from paser_core.stages.divergence import (
    Chunk,
    ChunkScores,
    Tokenized,
    interpolate,
    temperature_nodes,
)
from paser_core.stages.mixture import mixtures, notice_of
from paser_core.stages.naming import centrality, describe_clusters
from paser_core.stages.scoring import cluster_scores
from paser_core.workspace import paths
from paser_core.workspace.store import Store


def user_columns(records: Records) -> dict[str, str]:
    """The user's columns, and how they are called in the run: ours keep their names."""
    names: dict[str, str] = {}
    for column in records.user_columns:
        name = column
        while name in OUR_COLUMNS or name in names.values():
            name = f"{name}_user"
        names[column] = name
    return names


def part_name(owner: str, number: int) -> str:
    """File of one scored chunk until all are there."""
    return f"{Files.PARTS}/{owner}-{number:05d}.npz"


def pack_scores(scores: ChunkScores) -> dict[str, NDArray[Any]]:
    """One chunk as plain arrays."""
    lengths = [len(t) for t in scores.token_values]
    return {
        "rows": scores.rows,
        "values": scores.values,
        "lengths": np.array(lengths, np.int64),
        "tokens": np.concatenate([*scores.token_values, np.empty(0, np.float32)]),
        "problems": np.array([p or "" for p in scores.problems]),
    }


def fits(part: Mapping[str, NDArray[Any]], chunk: Chunk, n_nodes: int) -> bool:
    """Whether plain arrays are those of this chunk, whole."""
    n, lengths = len(chunk.rows), part["lengths"]
    return (
        np.array_equal(part["rows"], chunk.rows)
        and part["values"].shape == (n, n_nodes)
        and lengths.shape == part["problems"].shape == (n,)
        and part["tokens"].shape == (int(lengths.sum()),)
    )


def write_divergence(
    store: Store,
    owner: str,
    n_chunks: int,
    tokenized: Tokenized,
    nodes: NDArray[np.float64],
    tokenizer: Tokenizer,
) -> None:
    """Join the parts: ``divergence.npy`` and ``tokens.parquet``.

    Args:
        store: the run folder, with the parts.
        owner: what the parts are called by.
        n_chunks: how many there are.
        tokenized: the samples as the models read them, ``n`` of them.
        nodes: ``(m,)`` temperatures.
        tokenizer: writes the pieces of a response.
    """
    n = len(tokenized.problems)
    values = np.full((n, len(nodes)), np.nan, np.float32)
    bits: list[NDArray[np.float32]] = [np.empty(0, np.float32)] * n
    problems = list(tokenized.problems)
    for number in range(n_chunks):
        part = store.read_arrays(part_name(owner, number))
        values[part["rows"]] = part["values"]
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
    store.write_table(Files.TOKENS, table)
    store.write_array(Files.DIVERGENCE, values)


def write_summary(
    store: Store,
    config: RunConfig,
    records: Records,
    texts: Sequence[str],
    language_texts: Sequence[str],
) -> tuple[Counts, list[Notice]]:
    """``samples.parquet`` and ``clusters.parquet`` out of everything the stages wrote.

    Returns how many rows were read, measured and cut, and what a reader has to know about the
    clusters.

    Args:
        store: the run folder, with what all stages wrote.
        config: of the run.
        records: the data, ``n`` rows.
        texts: ``(n,)`` what stands for the samples.
        language_texts: ``(n,)`` what their languages are told by.
    """
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
    frame["concepts"] = [list(concepts.of(row)) for row in range(n)]
    frame["divergence"] = np.full(n, np.nan) if divergence is None else divergence
    frame["problem"] = pd.array([p if isinstance(p, str) else None for p in problems], "string")
    table = pa.Table.from_pandas(frame, preserve_index=False)
    # With a type of its own: where nobody has a concept, there is nothing to tell it by.
    lists = pa.array(frame["concepts"].tolist(), pa.list_(pa.string()))
    table = table.set_column(table.schema.get_field_index("concepts"), "concepts", lists)
    store.write_table(Files.SAMPLES, table)
    table = originals_table(records.originals, records.conversations)
    store.write_table(Files.ORIGINALS, table, rows_a_group=GROUP)

    valid = np.array([not isinstance(p, str) for p in problems], bool)
    measured = np.full(n, np.nan) if divergence is None else divergence
    scores = cluster_scores(measured, labels, n_clusters, valid, config.seed)
    language = config.data.language
    described = describe_clusters(
        [texts[i] for i in rows],
        clustering["labels"],
        centrality(manifold["coordinates"], clustering["labels"]),
        None if divergence is None else divergence[rows],
        Speech.of([language_texts[i] for i in rows], None if language == AUTO else language),
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
    counts = Counts.of(labels, valid, divergence, truncated, n_clusters)
    unstable = stability.notice_of(clustering["stability_per_cluster"], sizes, names)
    told = [] if unstable is None else [unstable]
    if divergence is None:
        return counts, told
    made = mixtures(
        clustering["places"],
        np.where(valid, divergence, np.nan)[rows],
        clustering["labels"],
        n_clusters,
        config.seed,
    )
    mixed = notice_of(made, names)
    return counts, told if mixed is None else [*told, mixed]


def reading_problems(store: Store, n: int) -> list[str | None]:
    """``n`` reasons why the encoder could not read a sample; none where nothing is known."""
    path = store.path(Files.READING)
    if not paths.is_file(path):
        return [None] * n
    problems: list[str | None] = pq.read_table(path, columns=["problem"])["problem"].to_pylist()
    return problems


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
