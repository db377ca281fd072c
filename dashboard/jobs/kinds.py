"""The commands that a job is made of: what each is called, which stages it has, when it is done."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dashboard.jobs.folders import Step, config_file
from paser_core.config import load_config
from paser_core.errors import PaserError, RunError
from paser_core.evaluate import results
from paser_core.measure.plan import stages_of
from paser_core.recover import plan as recovery
from paser_core.recover.settings import Targets
from paser_core.runs import read_manifest
from paser_core.study import folder as study
from paser_core.workspace import paths
from paser_core.workspace.checkpoints import MANIFEST, Stage, State
from paser_core.workspace.files import MARK

RUN, SELECT, STUDY = "run", "select", "study"
_AGAIN = "Copy the whole folder again, or start the same command with another --out."

Manifest = Mapping[str, Any]


@dataclass(frozen=True)
class Kind:
    """One verb of ``paser``."""

    title: str
    doing: str  # what to say while no stage has begun
    stages: Callable[[Step, Manifest | None], tuple[Stage, ...]]
    mark: str | None = None  # the kind that its manifest names
    in_one: str | None = None  # its folder comes in one step, whole; this file is in it


def kind_of(step: Step) -> Kind:
    """What is known of a step's verb."""
    return _KINDS.get(step.verb) or Kind(step.verb.capitalize(), "Working", _as_they_came)


def own_step(work: Path) -> Step:
    """The step that makes a folder, as far as one can tell: a folder that a shell has made."""
    # Every other verb says what it is; a run's manifest is older than that.
    manifest, _ = manifest_of(work)
    mark = manifest.get("kind") if manifest else None
    verb = next((verb for verb, kind in _KINDS.items() if mark and kind.mark == mark), RUN)
    return Step((verb, "--out", str(work)))


def progress_folder(step: Step) -> Path:
    """Where a step writes its events: what comes in one step is made beside its place."""
    if kind_of(step).in_one is None:
        return step.out
    made = step.out.parent.glob(f".{step.out.name}{MARK}*")
    return max(made, key=lambda folder: paths.version(folder)[1], default=step.out)


def title_of(step: Step) -> str:
    """What a step is called: several of one job may measure, each another model."""
    title = kind_of(step).title
    return f"{title} {Path(step.arguments[1]).name}" if step.verb == "evaluate" else title


def facts_of(step: Step) -> tuple[dict[str, Any] | None, str | None]:
    """What the folder of a step says of its stages, or why that cannot be read."""
    in_one = kind_of(step).in_one
    if in_one is None:
        return manifest_of(step.out)
    return ({"state": State.DONE, "stages": {}} if paths.is_file(step.out / in_one) else None), None


def manifest_of(work: Path) -> tuple[dict[str, Any] | None, str | None]:
    """The manifest of a folder that is made in steps, or why there is one that cannot be read."""
    file = work / MANIFEST
    if not paths.is_file(file):
        return None, None
    try:
        tree = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        tree = None
    try:
        if isinstance(tree, dict) and "kind" in tree:
            return _checked(tree, work), None
        return read_manifest(work), None
    except PaserError as error:
        return None, str(error)


def _checked(tree: dict[str, Any], work: Path) -> dict[str, Any]:
    """What every verb writes: state and stages; an export is there in one step, and done."""
    state, stages = tree.setdefault("state", State.DONE), tree.setdefault("stages", {})
    known = isinstance(stages, dict) and all(
        isinstance(made, dict) and type(made.get("seconds")) in (int, float)
        for made in stages.values()
    )
    if state not in tuple(State) or not known:
        raise RunError(
            f"{work}: manifest.json says nothing that can be read of its stages. {_AGAIN}"
        )
    return tree


def _of_run(step: Step, manifest: Manifest | None) -> tuple[Stage, ...]:
    if manifest is not None:
        has_models = manifest["config"]["models"]["original"] is not None
    else:
        try:
            has_models = load_config(config_file(step.out)).models.original is not None
        except PaserError:
            has_models = True
    return stages_of(has_models)


def _none(_step: Step, _manifest: Manifest | None) -> tuple[Stage, ...]:
    return ()


def _as_they_came(_step: Step, manifest: Manifest | None) -> tuple[Stage, ...]:
    """The stages that the folder tells of."""
    known = manifest["stages"] if manifest else ()
    return tuple(
        Stage(name, (), (), (), "", name.capitalize(), f"Working on {name}") for name in known
    )


def _of_compression(step: Step, _manifest: Manifest | None) -> tuple[Stage, ...]:
    words = step.arguments
    method = words[words.index("--method") + 1] if "--method" in words[:-1] else "compress"
    told = (
        ("load", "Loading", "Loading the model", "steps"),
        (method, "Compressing", "Compressing the model", "steps"),
        ("write", "Writing", "Writing the model", "files"),
        ("check", "Checking", "Reading the model back", "steps"),
    )
    return tuple(
        Stage(name, (), (), (), "", title, doing, unit) for name, title, doing, unit in told
    )


def _of_recovery(step: Step, manifest: Manifest | None) -> tuple[Stage, ...]:
    words = step.arguments
    told = words[words.index("--targets") + 1] if "--targets" in words[:-1] else None
    known = manifest["config"].get("targets") if manifest else None
    return recovery.stages_of(Targets.ORIGINAL in (told, known))


def _of_evaluation(step: Step, manifest: Manifest | None) -> tuple[Stage, ...]:
    """A stage for each task, and one that puts the results together."""
    words = step.arguments
    told = [words[i + 1] for i, word in enumerate(words[:-1]) if word == "--tasks"]
    specs = [spec for given in told for spec in given.split(",")]
    if not specs:  # a shell has started it
        return _as_they_came(step, manifest)
    tasks = [Stage(results.step_of(s), (), (), (), "", s, f"Measuring {s}", "items") for s in specs]
    return (*tasks, Stage("results", (), (), (), "", "Results", "Putting the results together"))


def _of_study(_step: Step, _manifest: Manifest | None) -> tuple[Stage, ...]:
    return (Stage("study", (), (), (), "", "Cells", "Making runs and cells", "steps"),)


_KINDS = {
    RUN: Kind("Run", "Reading the data", _of_run),
    SELECT: Kind("Export", "Exporting the selection", _none, "paser-export", "manifest.json"),
    "compress": Kind("Compress", "Reading the model", _of_compression, in_one="compression.json"),
    "recover": Kind("Recover", "Looking at models and data", _of_recovery, recovery.KIND),
    "evaluate": Kind("Evaluate", "Looking at the tasks", _of_evaluation, results.KIND),
    STUDY: Kind("Study", "Looking at models and data", _of_study, study.KIND),
}
