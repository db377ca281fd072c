"""The commands of a recovery: export a selection, train on it, measure what came back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dashboard.jobs.folders import EXPORTS, JobFiles, Step, job_folder
from paser_core.explain.recoveries import EVALUATION, EVALUATIONS, RECOVERED
from paser_core.workspace.keys import key_of


@dataclass(frozen=True)
class Pair:
    """The models of a run, as commands name them."""

    original: str
    compressed: str
    weights: Mapping[str, str]  # fingerprints by role
    template: str  # prompts are written with it, in the run and here


def recovered_folder(place: Path, name: str) -> Path:
    """Where a recovered model goes, in the folder for new runs."""
    return place / RECOVERED / name


def recovery_steps(
    place: Path,
    name: str,
    pair: Pair,
    settings: Mapping[str, Any],
    tasks: Sequence[str],
    unmeasured: Sequence[str],
) -> tuple[Step, ...]:
    """What is done, in order.

    Args:
        place: the folder for new runs.
        name: of the recovered model.
        pair: the run's models.
        settings: of the recovery, by option of ``paser recover``.
        tasks: what is measured; none: the model is trained and not measured.
        unmeasured: the roles whose models were not measured on these tasks yet.
    """
    work, export = recovered_folder(place, name), place / EXPORTS / name
    selection = str(job_folder(work) / JobFiles.SELECTION)
    told = [word for option, value in settings.items() for word in (f"--{option}", str(value))]
    asked = ["--tasks", ",".join(tasks), "--template", pair.template, "--out"]
    recover = ["recover", pair.compressed, "--data", str(export), "--original", pair.original]
    steps = [
        ["select", "--config", selection, "--out", str(export)],
        [*recover, *told, "--out", str(work)],
    ]
    if tasks:
        steps.append(["evaluate", str(work), *asked, str(work / EVALUATION)])
    for role in unmeasured if tasks else ():
        model = str(getattr(pair, role))
        out = place / EVALUATIONS / _evaluation_name(pair, role, tasks)
        steps.append(["evaluate", model, *asked, str(out)])
    return tuple(Step(tuple(words)) for words in steps)


def _evaluation_name(pair: Pair, role: str, tasks: Sequence[str]) -> str:
    """One folder for the same weights on the same tasks in the same prompts."""
    weights = pair.weights[role]
    return f"{role}-{weights[:8]}-{key_of(pair.template, list(tasks))[:6]}"
