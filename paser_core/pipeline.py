"""The stages in order, each written to the run folder as soon as it is done.

A stage has a key: a hash of everything that determines it. A stage whose key stands in the manifest
is finished and is read back instead of being repeated; that is all there is to resuming. The data
itself is always read again, because that is how a change of it is noticed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paser_core import __version__, assembly
from paser_core.clustering import fit_clustering
from paser_core.concepts import build_table, extract_phrases
from paser_core.config import RunConfig, to_tree
from paser_core.description import describe_clusters
from paser_core.divergence import plan_chunks, score_chunk, temperature_nodes, tokenise
from paser_core.embedding import embed, embedding_text, precomputed
from paser_core.errors import DataError, PaserError, RunError
from paser_core.layout import layout_map
from paser_core.manifold import fit_manifold
from paser_core.protocols import Encoder, ModelPair
from paser_core.records import Records, read_records
from paser_core.run.folder import Run, read_manifest
from paser_core.run.schema import SCHEMA, Files, State
from paser_core.run.store import Events, RunLock, Store, digest_of, disk_errors, key_of

_CHUNK_TOKENS = 32_768  # what a kill may cost: well under a minute for the demo's models
_FEWEST_SAMPLES = 3


@dataclass(frozen=True)
class Loaders:
    """How to get the models, called only when a stage needs them."""

    encoder: Callable[[], Encoder]
    models: Callable[[], ModelPair]


def run_pipeline(
    config: RunConfig,
    out: Path,
    loaders: Loaders,
    watch: Callable[[dict[str, Any]], None] | None = None,
) -> Run:
    """Make the run ``config`` describes in ``out``, or finish one that was interrupted there.

    ``watch`` is told every event that is also written to ``events.jsonl``.

    Raises:
        PaserError: bad data, models that do not fit, a folder that holds another run.
    """
    with disk_errors(out):
        out.mkdir(parents=True, exist_ok=True)
    with RunLock(out):
        work = _Work(config, out, loaders, watch)
        try:
            return work.run()
        except BaseException as error:
            # A kill cannot be caught; everything else leaves a state that says what happened.
            work.failed(error)
            raise


class _Work:
    """One process working on one run folder."""

    def __init__(
        self,
        config: RunConfig,
        out: Path,
        loaders: Loaders,
        watch: Callable[[dict[str, Any]], None] | None,
    ) -> None:
        self.config = config
        self.store = Store(out)
        self.loaders = loaders
        self.manifest = _begin(config, out)
        self.events = Events(out, watch)

    def run(self) -> Run:
        config, store = self.config, self.store
        if self.manifest["state"] == State.DONE:
            return Run.open(store.folder)
        self.events.emit("started", version=__version__)
        started = time.monotonic()
        records = self._records()
        seed = config.seed
        data = key_of(records.sha256, to_tree(config.data), config.embedding.precomputed)
        rows = np.flatnonzero(records.valid)
        texts = [
            embedding_text(i, x)
            for i, x in zip(records.frame["instruction"], records.frame["input"], strict=True)
        ]

        embedding_key = key_of(data, to_tree(config.embedding), _file_digest(config))
        self.stage(
            "embedding",
            embedding_key,
            [Files.EMBEDDINGS],
            lambda report: store.write_array(
                Files.EMBEDDINGS, self._embeddings(records, texts, rows, report)
            ),
        )
        embeddings = np.load(store.path(Files.EMBEDDINGS), mmap_mode="r", allow_pickle=False)

        manifold_key = key_of(embedding_key, to_tree(config.manifold), seed)

        def manifold(report: Callable[[int, int], None]) -> None:
            fitted = fit_manifold(np.asarray(embeddings[rows]), config.manifold, seed, report)
            store.write_arrays(
                Files.MANIFOLD,
                {
                    "rows": rows,
                    "coordinates": fitted.coordinates,
                    "eigenvalues": fitted.eigenvalues,
                    "time": np.array(fitted.time),
                },
            )

        self.stage("manifold", manifold_key, [Files.MANIFOLD], manifold)
        coordinates = store.read_arrays(Files.MANIFOLD)["coordinates"]

        clustering_key = key_of(manifold_key, to_tree(config.clustering), seed)

        def clustering(report: Callable[[int, int], None]) -> None:
            fitted = fit_clustering(coordinates, config.clustering, seed, report)
            tried = sorted(fitted.errors)
            store.write_arrays(
                Files.CLUSTERING,
                {
                    "labels": fitted.labels,
                    "memberships": fitted.memberships,
                    "k": np.array(tried),
                    "errors": np.array([fitted.errors[k] for k in tried]),
                    "scores": np.array([fitted.scores.get(k, np.nan) for k in tried]),
                    "reason": np.array(fitted.reason),
                },
            )

        self.stage("clustering", clustering_key, [Files.CLUSTERING], clustering)

        layout_key = key_of(manifold_key, "layout", seed)

        def layout(report: Callable[[int, int], None]) -> None:
            flat, deep = layout_map(coordinates, seed, report)
            store.write_arrays(Files.LAYOUT, {"flat": flat, "deep": deep})

        self.stage("layout", layout_key, [Files.LAYOUT], layout)

        concepts_key = key_of(data, "concepts")

        def concepts(report: Callable[[int, int], None]) -> None:
            columns = (records.frame[c] for c in ("instruction", "input", "output"))
            phrases = extract_phrases(["\n".join(t) for t in zip(*columns, strict=True)], report)
            table = build_table(phrases)
            store.write_arrays(
                Files.CONCEPTS,
                {
                    "vocabulary": np.frombuffer("\n".join(table.vocabulary).encode(), np.uint8),
                    "indptr": table.indptr,
                    "ids": table.ids,
                },
            )

        self.stage("concepts", concepts_key, [Files.CONCEPTS], concepts)

        divergence_key = ""
        files = [Files.DIVERGENCE, Files.TOKENS]
        if config.models.original is not None:
            divergence_key = key_of(data, to_tree(config.models), to_tree(config.divergence))
            self.stage(
                "divergence",
                divergence_key,
                files,
                lambda report: self._divergence(records, divergence_key, report),
            )

        summary_key = key_of(
            clustering_key, layout_key, concepts_key, divergence_key, to_tree(config.concepts)
        )

        def summary(report: Callable[[int, int], None]) -> None:
            report(0, 1)
            assembly.write_summary(store, config, records, texts, describe_clusters)
            report(1, 1)

        self.stage("summary", summary_key, [Files.SAMPLES, Files.CLUSTERS], summary)

        content = [f for s in self.manifest["stages"].values() for f in s["files"]]
        self.manifest["fingerprint"] = digest_of([store.path(f) for f in content])
        self.manifest["state"] = State.DONE
        self._save()
        self.events.emit("finished", seconds=round(time.monotonic() - started, 2))
        return Run.open(store.folder)

    def stage(
        self,
        name: str,
        key: str,
        files: list[Files],
        work: Callable[[Callable[[int, int], None]], None],
    ) -> None:
        """Do ``work`` unless the manifest says that it is done for this key."""
        known = self.manifest["stages"].get(name)
        if known and known["key"] == key and all(self.store.path(f).exists() for f in files):
            self.events.emit("stage_reused", stage=name)
            return
        self.events.emit("stage_started", stage=name)
        began = time.monotonic()
        work(self.events.progress(name))
        seconds = round(time.monotonic() - began, 3)
        self.manifest["stages"][name] = {
            "key": key,
            "seconds": seconds,
            "files": [str(f) for f in files],
        }
        self._save()
        self.events.emit("stage_finished", stage=name, seconds=seconds)

    def failed(self, error: BaseException) -> None:
        """Leave a readable state behind; the run can be started again."""
        interrupted = isinstance(error, KeyboardInterrupt)
        said = str(error) if isinstance(error, PaserError) else f"{type(error).__name__}: {error}"
        if self.manifest["state"] == State.DONE:
            return
        self.manifest["state"] = State.FAILED
        self.manifest["error"] = "interrupted" if interrupted else said
        self._save()
        self.events.emit("interrupted" if interrupted else "failed", message=said)

    def _save(self) -> None:
        self.store.write_json(Files.MANIFEST, self.manifest)

    def _records(self) -> Records:
        given = self.config.embedding.precomputed
        column = given if given is not None and not given.endswith(".npy") else None
        records = read_records(self.config.data, vectors_column=column)
        known = self.manifest.get("data", {}).get("sha256")
        if known is not None and known != records.sha256:
            raise RunError(
                f"{self.store.folder}: the data in {records.source} has changed since this run was "
                "started. Give another --out for the new data."
            )
        valid = int(records.valid.sum())
        if valid < _FEWEST_SAMPLES:
            raise DataError(
                f"{records.source}: only {valid} of {len(records.frame)} rows can be used; at least "
                f"{_FEWEST_SAMPLES} are needed. The first problem is: "
                f"{next((p for p in records.frame['problem'] if p), 'none')}"
            )
        self.manifest["data"] = {"source": records.source, "sha256": records.sha256}
        self.manifest["n_samples"] = len(records.frame)
        self.manifest["user_columns"] = list(assembly.user_columns(records))
        self._save()
        return records

    def _embeddings(
        self,
        records: Records,
        texts: list[str],
        rows: NDArray[np.int64],
        report: Callable[[int, int], None],
    ) -> NDArray[np.float32]:
        """``(n, d)``; rows that are invalid are zero."""
        given = self.config.embedding.precomputed
        if given is None:
            vectors = embed([texts[i] for i in rows], self.loaders.encoder(), report)
        else:
            source = records.vectors if records.vectors is not None else _read_vectors(Path(given))
            if len(source) != len(texts):
                precomputed(source, len(texts))  # says which number was expected
            vectors = precomputed(source[rows], len(rows))
        full = np.zeros((len(texts), vectors.shape[1]), np.float32)
        full[rows] = vectors
        return full

    def _divergence(self, records: Records, key: str, report: Callable[[int, int], None]) -> None:
        config, store = self.config, self.store
        pair = self.loaders.models()
        frame = records.frame
        tokenised = tokenise(
            frame["instruction"].tolist(),
            frame["input"].tolist(),
            frame["output"].tolist(),
            pair.tokenizer,
            config.divergence.max_length,
            vocab_size=pair.vocab_size,
            skip=~records.valid,
        )
        nodes = temperature_nodes(config.divergence.nodes)
        chunks = plan_chunks(tokenised.lengths, config.divergence.batch_tokens, _CHUNK_TOKENS)
        # A part belongs to these weights; parts of other weights are never picked up.
        owner = key_of(key, pair.original.fingerprint, pair.compressed.fingerprint, len(chunks))
        total = sum(len(c.rows) for c in chunks)
        done = 0
        for chunk in chunks:
            part = f"{Files.PARTS}/{owner}-{chunk.number:05d}.npz"
            if not store.path(part).exists():
                before = done
                scores = score_chunk(
                    chunk, tokenised, pair, nodes, lambda d, _, b=before: report(b + d, total)
                )
                store.write_arrays(part, assembly.pack_scores(scores))
            done += len(chunk.rows)
            report(done, total)
        self.manifest["temperatures"] = nodes.tolist()
        self.manifest["models"] = {
            role: {"name": model.name, "fingerprint": model.fingerprint}
            for role, model in (("original", pair.original), ("compressed", pair.compressed))
        } | {"template": str(config.models.template), "notes": list(pair.notes)}
        assembly.write_divergence(store, owner, len(chunks), tokenised, nodes, pair.tokenizer)


def _begin(config: RunConfig, out: Path) -> dict[str, Any]:
    """The manifest to continue with: a new one, or that of the unfinished run in the folder."""
    tree = to_tree(config)
    if not (out / Files.MANIFEST).exists():
        foreign = [p.name for p in out.iterdir() if not p.name.startswith(".")]
        if foreign:
            raise RunError(
                f"{out}: the folder is not empty and holds no run ({', '.join(foreign[:3])}). Give "
                "an empty or a new folder with --out."
            )
        return {
            "schema": SCHEMA,
            "version": __version__,
            "versions": assembly.library_versions(),
            "state": State.RUNNING,
            "config": tree,
            "stages": {},
        }
    manifest = read_manifest(out)
    differing = assembly.differences(manifest["config"], tree)
    adds_models = (
        manifest["config"]["models"]["original"] is None and tree["models"]["original"] is not None
    )
    # The selection is only the setting a reader starts with; it determines nothing in the run.
    binding = [d for d in differing if not d.startswith("selection.")]
    if adds_models:
        binding = [d for d in binding if not d.startswith(("models.", "divergence."))]
    if binding:
        raise RunError(
            f"{out}: this folder holds a run with another config; different: "
            f"{', '.join(binding)}. Give another --out, or the config it was started with "
            f"({out / Files.MANIFEST} has it)."
        )
    if manifest["state"] != State.DONE or adds_models:
        manifest["state"] = State.RUNNING
        manifest["config"] = tree
    manifest.pop("error", None)
    return manifest


def _read_vectors(path: Path) -> NDArray[Any]:
    try:
        array: NDArray[Any] = np.load(path, allow_pickle=False)
    except FileNotFoundError:
        raise DataError("there is no such file of embeddings.", path=str(path)) from None
    except (OSError, ValueError) as error:
        raise DataError(f"this is not a .npy array ({error}).", path=str(path)) from error
    return array


def _file_digest(config: RunConfig) -> str:
    given = config.embedding.precomputed
    if given is None or not given.endswith(".npy"):
        return ""
    try:
        return digest_of([Path(given)])
    except FileNotFoundError:
        raise DataError("there is no such file of embeddings.", path=given) from None
