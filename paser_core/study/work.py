"""Making the parts of a study, by the verbs that make them alone: each a call in a process of its own.

Every part is a folder that outlives a kill and is gone on with; what is finished is found. A call
returns what became of it and never raises what lies in the data or the models: a cell that fails
costs itself only.
"""

from __future__ import annotations

import platform
import shutil
import signal
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from paser_core.config import RunConfig
from paser_core.errors import PaserError, StudyError
from paser_core.runs import Run
from paser_core.study.cells import CELL, PARTS, CellResult, drop_parts, write_cell
from paser_core.study.checking import order_of
from paser_core.study.chosen import choose
from paser_core.study.plan import Plan
from paser_core.study.remarks import warnings_in
from paser_core.study.settings import StudyConfig
from paser_core.study.steps import ORIGINAL, Places, Step
from paser_core.workspace import paths
from paser_core.workspace.checkpoints import MANIFEST

DONE, DIVERGED, FAILED = "done", "diverged", "failed"

_LOST: set[str] = set()  # steps of this process that have failed, which later ones may need


@dataclass(frozen=True)
class Ended:
    """What became of a step."""

    id: str
    status: str
    why: str | None = None
    seconds: float = 0.0


def make(folder: str, config: StudyConfig, step: Step) -> Ended:
    """Make one step, in a process of its own.

    Args:
        folder: of the study, as this machine sees it.
        config: the study.
        step: what to make; what it needs is made.
    """
    import torch

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who asks for it ends it
    torch.set_num_threads(config.threads)
    began = time.monotonic()
    status, why = DONE, None
    lost = next((need for need in step.needs if need in _LOST), None)
    if lost is not None:  # in this very process, right before
        return Ended(step.id, FAILED, f"{lost} failed")
    try:
        _check_shared(Path(folder))
        status, why = _WORK[step.kind](Places(Path(folder), config), Plan(config), step)
    except PaserError as error:
        status, why = FAILED, str(error)
    except Exception:  # noqa: BLE001 - a defect, of ours or of a package: it costs this step only
        status, why = FAILED, f"This is a defect. {traceback.format_exc().strip()}"
    if status == FAILED:
        _LOST.add(step.id)
    return Ended(step.id, status, why, round(time.monotonic() - began, 3))


def _check_shared(folder: Path) -> None:
    """See that the machine of this process has the folder of the study.

    Raises:
        StudyError: it has not, or another.
    """
    if not paths.exists(folder / MANIFEST):
        raise StudyError(
            f"{folder}: the machine {platform.node()} does not have this folder of the study. Put it where "
            "all machines of the cluster see it under one path, and start the study again."
        )


def _pool(places: Places, plan: Plan, step: Step) -> tuple[str, str | None]:
    _run(plan.config, places.pool, {})
    return DONE, None


def _compress(places: Places, plan: Plan, step: Step) -> tuple[str, str | None]:
    from paser_core.compress.work import compress

    if "model" not in plan.config.compressions[step.name]:
        out = places.compressed(step.name)
        out.parent.mkdir(parents=True, exist_ok=True)
        compress(order_of(plan.config, step.name), out)
    return DONE, None


def _measure(places: Places, plan: Plan, step: Step) -> tuple[str, str | None]:
    config = plan.config
    out = places.run(step.name)
    if not paths.exists(out / MANIFEST):
        # What does not hang on the models is made once, and gone on with.
        out.parent.mkdir(parents=True, exist_ok=True)
        aside = out.with_name(f".{out.name}")
        shutil.rmtree(aside, ignore_errors=True)
        shutil.copytree(places.pool, aside, ignore=shutil.ignore_patterns(".lock"))
        aside.rename(out)
    compressed = str(places.compressed(step.name))
    _run(config, out, {"original": config.original, "compressed": compressed})
    return DONE, None


def _run(config: StudyConfig, out: Path, models: Mapping[str, str]) -> None:
    from paser_core.measure import run_pipeline
    from paser_core.measure.loading import loaders

    tree = dict(config.run)
    tree["models"] = {**(tree.get("models") or {}), **models}
    applied = RunConfig.of_tree(tree)
    run_pipeline(applied, out, loaders(applied))


def _score(places: Places, plan: Plan, step: Step) -> tuple[str, str | None]:
    from paser_core.measure.scores.make import make_scores

    kind, key = step.part.rsplit("-", 1)
    run = Run.open(places.run(step.name))
    make_scores(run, kind, plan.scores[step.name, kind, key])
    return DONE, None


def _evaluate(places: Places, plan: Plan, step: Step) -> tuple[str, str | None]:
    config, original = plan.config, step.name == ORIGINAL
    model = config.original if original else str(places.compressed(step.name))
    _evaluated(model, config, places.evaluation(step.name), plan.seeds.evaluate[0])
    return DONE, None


def _evaluated(model: str, config: StudyConfig, out: Path, seed: int) -> Mapping[str, Any]:
    from paser_core.evaluate.settings import EvaluateConfig
    from paser_core.evaluate.subject import Subject
    from paser_core.evaluate.task import task_of
    from paser_core.evaluate.work import run_evaluation

    applied = EvaluateConfig.of_tree({**config.evaluate, "seed": seed})
    asked = [task_of(spec) for spec in config.tasks]
    prepared = [(one, one.task.prepare(one.argument, applied)) for one in asked]
    out.parent.mkdir(parents=True, exist_ok=True)
    return run_evaluation(Subject.named(model, applied), prepared, applied, out)


def _cell(places: Places, plan: Plan, step: Step) -> tuple[str, str | None]:
    from paser_core.recover.data import Source
    from paser_core.recover.outcome import DIVERGED as LOST
    from paser_core.recover.request import Request
    from paser_core.recover.work import recover

    cell, config, place = plan.works[step.name], plan.config, places.cell(step.name)
    if paths.is_file(place / CELL):
        known = CellResult.read(place)
        return known.status, known.why
    place.mkdir(parents=True, exist_ok=True)
    began, cpu = time.monotonic(), time.process_time()
    run = _opened(places.run(cell.compression))
    chosen = choose(run, plan.setting(cell), cell.budget)
    chose = time.monotonic() - began
    rows = [row for row, _ in run.originals.each(chosen.rows.tolist())]  # type: ignore[union-attr]
    told = {"run": run.fingerprint, "selector": chosen.setting.selector, "selected": len(rows)}
    told |= {"of": run.n, "pool": run.data, "setting": chosen.setting.to_tree()}
    source = Source(rows=rows, chosen=told, template=run.config.models.template)
    data = replace(run.config.data, path=None)
    recovery = recover(
        Request(
            str(places.compressed(cell.compression)),
            source,
            plan.recovery(cell, data=data),
            config.original,
        ),
        place / "recovery",
    )
    evaluation = None
    if recovery.status != LOST:
        seed = plan.seeds.evaluate[cell.number]
        evaluation = _evaluated(str(recovery.path), config, place / "evaluation", seed)
    cost = {
        "select_seconds": round(chose, 3),
        "seconds": round(time.monotonic() - began, 3),
        "cpu_seconds": round(time.process_time() - cpu, 3),
    }
    warnings = dict.fromkeys(text for part in PARTS for text in warnings_in(place / part))
    write_cell(
        place, cell, chosen, recovery, evaluation, cost, list(warnings), keeps=config.keep_models
    )
    drop_parts(place)
    return (DIVERGED, str(recovery.facts["why"])) if recovery.status == LOST else (DONE, None)


@lru_cache(maxsize=4)
def _opened(path: Path) -> Run:
    return Run.open(path)


_WORK: Mapping[str, Callable[[Places, Plan, Step], tuple[str, str | None]]] = {
    "pool": _pool,
    "compress": _compress,
    "run": _measure,
    "score": _score,
    "evaluate": _evaluate,
    "cell": _cell,
}
