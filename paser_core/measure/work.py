"""What comes after what, and what each stage depends on."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from paser_core import __version__
from paser_core.config import RunConfig, determining, to_tree
from paser_core.errors import DataError, RunError
from paser_core.measure import stages, tables
from paser_core.measure.resume import Checkpoints
from paser_core.measure.stages import Input, Loaders
from paser_core.measure.vectors import vectors_column, vectors_print
from paser_core.problems import reasons, told_by_cure
from paser_core.protocols import Progress
from paser_core.records import Records, read_records
from paser_core.runs import Files, Run
from paser_core.runs.identity import samples_print
from paser_core.stages.divergence.prepared import Prepared
from paser_core.workspace.files import disk_errors
from paser_core.workspace.lock import FolderLock

_FEWEST_SAMPLES = 3


def run_pipeline(
    config: RunConfig,
    out: Path,
    loaders: Loaders,
    watch: Callable[[dict[str, Any]], None] | None = None,
) -> Run:
    """Make the run ``config`` describes in ``out``, or finish one that was interrupted there.

    Args:
        config: what to make.
        out: the run folder; made where there is none.
        loaders: how to get the models, called only when a stage needs them.
        watch: told every event that is also written to ``events.jsonl``.

    Raises:
        PaserError: bad data, models that do not fit, a folder that holds another run.
    """
    with disk_errors(out):
        out.mkdir(parents=True, exist_ok=True)
    with FolderLock(out):
        checkpoints = Checkpoints(config, out, watch)
        try:
            checkpoints.events.emit("started", version=__version__)
            began = time.monotonic()
            _work(config, checkpoints, loaders)
            checkpoints.finish()
            checkpoints.events.emit(
                "finished",
                seconds=round(time.monotonic() - began, 2),
                counts=checkpoints.manifest.get("counts"),
            )
        except BaseException as error:
            checkpoints.fail(error)
            raise
    return Run.open(out)


def _work(config: RunConfig, checkpoints: Checkpoints, loaders: Loaders) -> None:
    stage, store, manifest = checkpoints.stage, checkpoints.store, checkpoints.manifest
    given = Input.of(_read(config, checkpoints, loaders.rows), config)
    _same_weights(manifest, loaders, store.folder)
    if checkpoints.was_done:
        checkpoints.reuse_all()
        return
    prepared = None
    if config.models.original is not None and "divergence" not in manifest["stages"]:
        prepared = loaders.check(given.conversations, checkpoints.events.progress("check"))
        if prepared is not None:
            checkpoints.note("models", prepared.notices)
    data = [given.records.sha256, to_tree(config.data)]
    seed = config.seed

    # How many texts go through the encoder at once changes its speed, not what is measured.
    embedding_source = to_tree(config.embedding) | {"batch_size": None}
    embedding = stage(
        "embedding",
        [Files.EMBEDDINGS, Files.READING],
        [data, embedding_source, vectors_print(config.embedding)],
        lambda report: manifest.update(
            stages.write_embeddings(
                store, given, config, loaders, report, lambda n: checkpoints.note("embedding", n)
            )
        ),
    )
    readable = given.readable(store)
    manifold = stage(
        "manifold",
        [Files.MANIFOLD],
        [embedding, determining(to_tree(config.manifold), "manifold"), seed],
        lambda report: stages.write_manifold(store, readable, config, report),
    )
    clustering = stage(
        "clustering",
        [Files.CLUSTERING],
        [manifold, determining(to_tree(config.clustering), "clustering"), seed],
        lambda report: stages.write_clustering(store, given, config, report),
    )
    layout = stage(
        "layout",
        [Files.LAYOUT],
        [manifold, seed],
        lambda report: stages.write_layout(store, config, report),
    )
    concepts = stage(
        "concepts",
        [Files.CONCEPTS],
        [data, embedding_source, to_tree(config.concepts)],
        lambda report: checkpoints.note(
            "concepts", stages.write_concepts(store, given, config, report)
        ),
    )
    divergence = ""
    if config.models.original is not None:
        divergence = stage(
            "divergence",
            [Files.DIVERGENCE, Files.TOKENS],
            [data, to_tree(config.models), to_tree(config.divergence)],
            lambda report: _measure(config, checkpoints, loaders, given, prepared, report),
        )
    stage(
        "summary",
        [Files.SAMPLES, Files.CLUSTERS, Files.ORIGINALS],
        [data, clustering, layout, concepts, divergence, to_tree(config.concepts), seed],
        lambda _: _summary(checkpoints, config, given),
    )
    # Only now: as long as a stage is not in the manifest, its parts are needed to resume.
    shutil.rmtree(store.path(Files.PARTS), ignore_errors=True)


def _measure(
    config: RunConfig,
    checkpoints: Checkpoints,
    loaders: Loaders,
    given: Input,
    prepared: Prepared | None,
    report: Progress,
) -> None:
    pair = loaders.models()
    told = () if prepared is None else prepared.notices
    # What only shows once the weights are read, before they work.
    checkpoints.note("models", [notice for notice in pair.notices if notice not in told])
    found = stages.write_divergence(
        checkpoints.store,
        given,
        config,
        pair,
        prepared,
        report,
        checkpoints.events.progress("divergence"),
    )
    checkpoints.manifest.update(found)


def _summary(checkpoints: Checkpoints, config: RunConfig, given: Input) -> None:
    counts, notices = tables.write_summary(
        checkpoints.store, config, given.records, given.texts, given.told
    )
    checkpoints.manifest["counts"] = counts.to_tree()
    checkpoints.note("summary", notices)


def _read(config: RunConfig, checkpoints: Checkpoints, rows: Any) -> Records:
    """The data. Read on every start, because that is how a change of it is noticed."""
    column = vectors_column(config.embedding)
    records = read_records(config.data, vectors_column=column, rows=rows)
    manifest = checkpoints.manifest
    known = manifest.get("data", {}).get("sha256")
    if known is not None and known != records.sha256:
        raise RunError(
            f"{checkpoints.store.folder}: the data in {records.source} has changed since this run "
            "was started. Give another --out for the new data."
        )
    valid = int(records.valid.sum())
    if valid < _FEWEST_SAMPLES:
        why = " ".join(told_by_cure(reasons(records.frame["problem"])[:2]))
        raise DataError(
            f"only {valid} of {len(records.frame)} rows can be used; at least {_FEWEST_SAMPLES} "
            f"are needed. {why or 'Give more rows.'}",
            path=records.source,
        )
    checkpoints.note("data", records.notices)
    manifest["data"] = {
        "source": records.source,
        "sha256": records.sha256,
        "samples": samples_print(records.frame),
    }
    manifest["n_samples"] = len(records.frame)
    manifest["user_columns"] = list(tables.user_columns(records).values())
    checkpoints.save()
    return records


def _same_weights(manifest: dict[str, Any], loaders: Loaders, folder: Path) -> None:
    """Refuse to go on with stages that were made by weights that are not there any more.

    Weights that are not at hand are taken on trust: what they were needed for is done.
    """
    models = manifest.get("models", {})
    used = {
        "embedding.model": manifest.get("encoder"),
        "models.original": models.get("original"),
        "models.compressed": models.get("compressed"),
    }
    for field, model in used.items():
        if model is None or model["fingerprint"] is None:
            continue
        now = loaders.fingerprint(model["name"])
        if now is not None and now != model["fingerprint"]:
            raise RunError(
                f"{folder}: the weights of {field} ({model['name']}) have changed since this run "
                "used them. Give another --out for the new weights."
            )
