"""An evaluation: a model, tasks, a folder. Made in steps that outlive a kill; a task is a step.

The folder holds ``results.json`` (figures), ``items.parquet`` (a row for each item of each task) and,
under ``tasks/``, the same for each task and every answer. It is bound to one model.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from paser_core import __version__
from paser_core.config import to_tree
from paser_core.errors import RunError
from paser_core.evaluate.idle import idle_settings
from paser_core.evaluate.results import ITEMS, KIND, RESULTS, read_json, read_results, step_of
from paser_core.evaluate.settings import EvaluateConfig
from paser_core.evaluate.subject import Subject
from paser_core.evaluate.task import Asked, Desk, Figure, Item, Measured, Prepared
from paser_core.notices import Notice, Severity
from paser_core.protocols import Progress
from paser_core.workspace import paths
from paser_core.workspace.checkpoints import MANIFEST, VERSION, Checkpoints, Stage, State, made_of
from paser_core.workspace.place import work_folder
from paser_core.workspace.reading import reading

_TASK_FILES = ("result.json", "items.parquet", "answers.parquet")
_TYPES = {"str": pa.string(), "float": pa.float64(), "int": pa.int64(), "bool": pa.bool_()}
# One schema for all tasks, so that any two files can be put together.
ITEM_SCHEMA = pa.schema(
    [("task", pa.string())]
    + [(f.name, _TYPES[str(f.type).removesuffix(" | None")]) for f in fields(Item)]
)
_ANSWERS = pa.schema(
    [("id", pa.string()), ("sample", pa.int64()), ("answer", pa.string()), ("right", pa.bool_()),
     ("why", pa.string())]
)  # fmt: skip
# They decide how fast it goes, and where; not what is asked.
_NOT_DETERMINING = ("batch_tokens", "unsafe", "device", "limit", "program_seconds", "answer_tokens")


@dataclass(frozen=True)
class _Work:
    """What the steps share."""

    subject: Subject
    config: EvaluateConfig
    checkpoints: Checkpoints
    tasks: Mapping[str, tuple[Asked, Prepared]]  # by the name of the step


@dataclass(frozen=True)
class _TaskStage(Stage):
    """A step that measures one task."""

    def run(self, shared: Any, report: Callable[..., None]) -> Sequence[str]:
        _measure(shared, self, report)
        return ()


def run_evaluation(
    subject: Subject,
    tasks: Sequence[tuple[Asked, Prepared]],
    config: EvaluateConfig,
    out: Path,
    watch: Callable[[dict[str, Any]], None] | None = None,
) -> dict[str, Any]:
    """Measure ``subject`` on ``tasks``; what is finished in the folder under the same is kept.

    Args:
        subject: the model.
        tasks: what was asked for, prepared.
        config: the settings.
        out: a new folder, or one with an evaluation of the same model, in any state.
        watch: told every event that is also written to ``events.jsonl``.

    Returns:
        What is in ``results.json``.

    Raises:
        RunError: the folder holds something else, or the evaluation of another model.
    """
    for _, prepared in tasks:
        prepared.check(subject)
    notices = idle_settings([asked for asked, _ in tasks], config)
    with work_folder(out):
        manifest = _open(out, subject, config)
        checkpoints = Checkpoints(out, manifest, watch, _called)
        try:
            checkpoints.events.emit("started", version=__version__)
            began = time.monotonic()
            named = {step_of(asked.spec): (asked, prepared) for asked, prepared in tasks}
            stages = _stages(named)
            facts = _facts(subject, named, config)
            if checkpoints.unfinished(stages, facts):
                manifest |= {"state": State.RUNNING, "config": to_tree(config)}
                checkpoints.note("check", notices)
                work = _Work(subject, config, checkpoints, named)
                checkpoints.make(stages, lambda: facts, work)
            else:
                checkpoints.reuse_all()
            checkpoints.finish()
            checkpoints.events.emit("finished", seconds=round(time.monotonic() - began, 2))
        except BaseException as error:
            checkpoints.fail(error)
            raise
    return read_results(out)


def _open(out: Path, subject: Subject, config: EvaluateConfig) -> dict[str, Any]:
    """The manifest to go on with: a new one, or that of the evaluation in the folder."""
    model = {"name": subject.name, "fingerprint": subject.fingerprint}
    tree = to_tree(config)
    if not paths.exists(out / MANIFEST):
        foreign = sorted(p.name for p in out.iterdir() if not p.name.startswith("."))
        if foreign:
            raise RunError(
                f"{out}: the folder is not empty and holds no evaluation ({', '.join(foreign[:3])}). "
                "Give an empty or a new folder with --out."
            )
        return {
            "kind": KIND,
            "version": __version__,
            "state": State.RUNNING,
            "model": model,
            "config": tree,
            "stages": {},
            "files": {},
        }
    manifest = read_json(out / MANIFEST)
    if manifest.get("kind") != KIND:
        raise RunError(
            f"{out}: the folder holds something else than an evaluation. Give an empty or a new "
            "folder with --out."
        )
    known = manifest["model"]
    if known["fingerprint"] != subject.fingerprint:
        raise RunError(
            f"{out}: the folder holds the evaluation of {known['name']} with other weights than "
            f"{subject.name} has now. Give another --out."
        )
    manifest["model"] = model
    if manifest["state"] != State.DONE:
        manifest |= {"state": State.RUNNING, "config": tree}
        manifest.pop("error", None)
    return manifest


def _called(fact: str) -> str:
    """A fact as whoever set it calls it: ``task-demo.answer_tokens`` is answer_tokens."""
    section, _, name = fact.rpartition(".")
    return name if section else fact


def _stages(tasks: Mapping[str, tuple[Asked, Prepared]]) -> list[Stage]:
    """A step for each task, and one that puts them together."""
    found: list[Stage] = [
        _TaskStage(
            name=name,
            files=tuple(f"tasks/{name}/{file}" for file in _TASK_FILES),
            needs=(),
            sections=("model", "evaluate", f"task-{name}"),
            work="",
            title=asked.task.label,
            doing=f"Measuring {asked.spec}",
            unit=prepared.unit,
        )
        for name, (asked, prepared) in tasks.items()
    ]
    found.append(
        Stage(
            name="results",
            files=(RESULTS, ITEMS),
            needs=tuple(tasks),
            sections=("model", "tasks"),
            work="paser_core.evaluate.work:write_results",
            title="Results",
            doing="Putting the results together",
        )
    )
    return found


def _facts(
    subject: Subject, tasks: Mapping[str, tuple[Asked, Prepared]], config: EvaluateConfig
) -> dict[str, Any]:
    """Everything that determines the steps, by dotted name."""
    facts: dict[str, Any] = {VERSION: __version__, "model": subject.fingerprint}
    facts["tasks"] = list(tasks)
    for field, value in to_tree(config).items():
        if field not in _NOT_DETERMINING:
            facts[f"evaluate.{field}"] = value
    facts["evaluate.template"] = str(subject.template)
    for name, (_, prepared) in tasks.items():
        facts |= {f"task-{name}.{fact}": value for fact, value in prepared.facts.items()}
    return facts


def _measure(work: _Work, stage: Stage, report: Progress) -> None:
    """The files of one task."""
    asked, prepared = work.tasks[stage.name]
    store, checkpoints = work.checkpoints.store, work.checkpoints

    def note(code: str, sentence: str) -> None:
        checkpoints.note(stage.name, [Notice(code, sentence, Severity.INFO)])

    facts = _facts(work.subject, work.tasks, work.config)
    key = made_of(stage, [stage], facts, checkpoints.manifest)["key"]
    began = time.monotonic()
    desk = Desk(stage.name, work.subject, work.config, store, key, note)
    measured = prepared.measure(desk, report)
    told = (*prepared.notes, *measured.notes)
    for sentence in told:
        note("evaluation", sentence)
    where = f"tasks/{stage.name}"
    result = {
        "task": asked.spec,
        "label": asked.task.label,
        **_figure(measured.overall),
        "capabilities": {name: _figure(f) for name, f in measured.capabilities.items()},
        "seconds": round(time.monotonic() - began, 3),
        "facts": dict(prepared.facts),
        "notes": list(told),
    }
    store.write_json(f"{where}/result.json", result)
    store.write_table(f"{where}/items.parquet", _table(asked.spec, measured))
    answers = pa.Table.from_pylist([dict(a) for a in measured.answers], _ANSWERS)
    store.write_table(f"{where}/answers.parquet", answers)


def _table(spec: str, measured: Measured) -> pa.Table:
    rows = [{"task": spec, **asdict(item)} for item in measured.items]
    return pa.Table.from_pylist(rows, ITEM_SCHEMA)


def _figure(figure: Figure) -> dict[str, Any]:
    """As JSON has it; what is not known of it is left out."""
    tree = asdict(figure)
    more = tree.pop("more")
    return {name: value for name, value in (tree | more).items() if value is not None}


def write_results(work: _Work, report: Progress) -> None:
    """``results.json`` and ``items.parquet`` out of the tasks' own files."""
    store, manifest = work.checkpoints.store, work.checkpoints.manifest
    tasks, tables = [], []
    for name in work.tasks:
        tasks.append(read_json(store.path(f"tasks/{name}/result.json")))
        with reading(store.path(f"tasks/{name}/items.parquet")):
            tables.append(pq.read_table(store.path(f"tasks/{name}/items.parquet")))
    subject = work.subject
    results = {
        "kind": KIND,
        "version": __version__,
        "model": manifest["model"],
        "template": str(subject.template),
        "settings": to_tree(work.config),
        "seconds": round(sum(task["seconds"] for task in tasks), 3),
        "tasks": {task["task"]: task for task in tasks},
    }
    store.write_table(ITEMS, pa.concat_tables(tables))
    store.write_json(RESULTS, results)
    report(1, 1)
