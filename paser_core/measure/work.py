"""A run from its config: the data is read, the stages that are not finished are made."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from paser_core import __version__
from paser_core.config import RunConfig, to_tree
from paser_core.engines.engine import Engine
from paser_core.errors import ConfigError, DataError, RunError, nearest, shortened
from paser_core.measure.inputs import Input, user_columns
from paser_core.measure.loading import Loaders
from paser_core.measure.plan import stages_of
from paser_core.measure.resume import facts_of, made_with, open_folder
from paser_core.measure.vectors import vectors_column
from paser_core.notices import Notice
from paser_core.problems import reasons, told_by_cure
from paser_core.records import Records, read_records
from paser_core.registry import ENGINES
from paser_core.runs import SCHEMA, Run
from paser_core.runs.identity import fingerprint_of, samples_print
from paser_core.stages.divergence.prepared import Prepared
from paser_core.workspace.checkpoints import Checkpoints, State
from paser_core.workspace.files import disk_errors
from paser_core.workspace.lock import FolderLock
from paser_core.workspace.store import Store

_FEWEST_SAMPLES = 3


@dataclass(frozen=True)
class Work:
    """What the stages share."""

    config: RunConfig
    loaders: Loaders
    checkpoints: Checkpoints
    given: Input
    prepared: Prepared | None  # None: nobody looked at the models, or they have nothing to do
    engine: Engine

    @property
    def store(self) -> Store:
        """The files of the run."""
        return self.checkpoints.store

    @property
    def manifest(self) -> dict[str, Any]:
        """What the run says of itself."""
        return self.checkpoints.manifest

    def note(self, stage: str, notices: Sequence[Notice]) -> None:
        """Keep and tell what a stage has to say."""
        self.checkpoints.note(stage, notices)


def run_pipeline(
    config: RunConfig,
    out: Path,
    loaders: Loaders,
    watch: Callable[[dict[str, Any]], None] | None = None,
    again: Sequence[str] = (),
) -> Run:
    """Make the run ``config`` describes in ``out``; what is there and determined by the same is kept.

    Args:
        config: what to run.
        out: a new folder, or one with a run on the same data and models, in any state.
        loaders: how to get the models.
        watch: told every event that is also written to ``events.jsonl``.
        again: stages that are made again although nothing that determines them has changed, with
            those after them: for what an earlier version did not measure yet.

    Raises:
        ConfigError: there is no such stage.
        PaserError: bad data, models that do not fit, a folder that holds a run on other data or
            with other models.
    """
    _check_stages(again, config)
    with disk_errors(out):
        out.mkdir(parents=True, exist_ok=True)
    fingerprint = cache(loaders.fingerprint)  # it reads all weights
    with FolderLock(out):
        checkpoints = Checkpoints(out, open_folder(config, out, fingerprint, again), watch)
        try:
            checkpoints.events.emit("started", version=__version__)
            began = time.monotonic()
            _work(config, checkpoints, loaders, fingerprint)
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


def _work(
    config: RunConfig,
    checkpoints: Checkpoints,
    loaders: Loaders,
    fingerprint: Callable[[str], str | None],
) -> None:
    manifest = checkpoints.manifest
    records = _read(config, checkpoints, loaders.rows)
    if manifest["schema"] < SCHEMA:  # finished, and nothing that determines it has changed
        checkpoints.reuse_all()
        return
    facts = partial(facts_of, config, manifest, fingerprint)
    stages = stages_of(config.models.original is not None)
    todo = checkpoints.unfinished(stages, facts())
    if todo:
        with ENGINES[config.engine.name].start(config.engine.asked) as engine:
            _make(config, checkpoints, loaders, facts, records, todo, engine)
    else:
        manifest["config"] = to_tree(config)
        checkpoints.reuse_all()
    if manifest["state"] != State.DONE:
        manifest["fingerprint"] = fingerprint_of(manifest)


def _make(
    config: RunConfig,
    checkpoints: Checkpoints,
    loaders: Loaders,
    facts: Callable[[], dict[str, Any]],
    records: Records,
    todo: Sequence[str],
    engine: Engine,
) -> None:
    """Make what is not made yet.

    Args:
        config: what to run.
        checkpoints: of the folder.
        loaders: how to get the models.
        facts: what determines the stages.
        records: the data.
        todo: the stages that have to be made, as far as that is known.
        engine: who works.
    """
    manifest = checkpoints.manifest
    given = Input.of(records, config)
    prepared = None
    if "divergence" in todo:  # before anything of a finished run is given up
        prepared = loaders.check(given.conversations, checkpoints.events.progress("check"))
    if manifest["version"] != __version__:  # which determines every stage
        manifest |= made_with()
    manifest |= {"state": State.RUNNING, "config": to_tree(config)}
    manifest.pop("fingerprint", None)
    _record(records, checkpoints)
    if "divergence" in todo:
        manifest.get("notices", {}).pop("models", None)
        if prepared is not None:
            checkpoints.note("models", prepared.notices)
    stages = stages_of(config.models.original is not None)
    checkpoints.make(stages, facts, Work(config, loaders, checkpoints, given, prepared, engine))


def _check_stages(names: Sequence[str], config: RunConfig) -> None:
    known = [stage.name for stage in stages_of(config.models.original is not None)]
    for name in names:
        if name not in known:
            raise ConfigError(
                f"again is {shortened(name)}, and this run has no such stage.{nearest(name, known)} "
                f"Accepted: {', '.join(known)}.",
                field="again",
            )


def _read(config: RunConfig, checkpoints: Checkpoints, rows: Any) -> Records:
    """The data. Read on every start, because that is how a change of it is noticed."""
    column = vectors_column(config.embedding)
    records = read_records(config.data, vectors_column=column, rows=rows)
    known = checkpoints.manifest.get("data", {})
    if known.get("sha256") not in (None, records.sha256):
        if known["source"] == records.source:
            other = f"the data in {records.source} has changed since this run was started"
        else:
            other = f"this run was started on {known['source']}; {records.source} is other data"
        raise RunError(f"{checkpoints.store.folder}: {other}. Give another --out for the new data.")
    valid = int(records.valid.sum())
    if valid < _FEWEST_SAMPLES:
        why = " ".join(told_by_cure(reasons(records.frame["problem"])[:2]))
        raise DataError(
            f"only {valid} of {len(records.frame)} rows can be used; at least {_FEWEST_SAMPLES} "
            f"are needed. {why or 'Give more rows.'}",
            path=records.source,
        )
    if checkpoints.manifest["state"] != State.DONE:
        _record(records, checkpoints)
    return records


def _record(records: Records, checkpoints: Checkpoints) -> None:
    """What the manifest says of the data: the folder is bound to it from here on."""
    checkpoints.manifest |= {
        "data": {
            "source": records.source,
            "sha256": records.sha256,
            "samples": samples_print(records.frame),
        },
        "n_samples": len(records.frame),
        "user_columns": list(user_columns(records).values()),
    }
    checkpoints.note("data", records.notices)
    checkpoints.save()
