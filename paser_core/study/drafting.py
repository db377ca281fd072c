"""``study.yaml`` for a finished run: its data, its models, and the grid that somebody has chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paser_core.config import dump_yaml, to_tree
from paser_core.errors import StudyError
from paser_core.runs import Run
from paser_core.study.checking import check_settings
from paser_core.study.plan import Plan
from paser_core.study.settings import StudyConfig
from paser_core.study.steps import steps_of
from paser_core.workspace import paths

_ELSEWHERE = ("selection", "scores")  # a study says these of each selector
_REFERENCE = "random"  # unless a plan says otherwise
_MODELS = ("original", "compressed")


@dataclass(frozen=True)
class Draft:
    """A study that can be started."""

    config: StudyConfig
    text: str  # as study.yaml has it
    points: int  # of the grid
    cells: int  # that have to be made: points that are determined by the same are one
    shared: int  # runs, evaluations and scores that cells share


def draft_study(
    run: Run,
    *,
    title: str,
    original: str,
    compressed: str,
    data: str | None,
    selectors: Sequence[str],
    budgets: Sequence[Any],
    recovery: Mapping[str, Any],
    seeds: int,
    tasks: Sequence[str],
) -> Draft:
    """A study on the pool and the models of a run.

    Args:
        run: with models; its settings are those of the study's runs.
        title: of the study.
        original: where its original model is.
        compressed: where its compressed model is.
        data: where its pool is, as a config names it.
        selectors: by name.
        budgets: as a plan has them.
        recovery: what differs from the usual, with the recipe as ``method``.
        seeds: of every arm.
        tasks: what is measured.

    Raises:
        ConfigError: a value is not accepted.
        StudyError: the run has no models, or its pool is no longer where it was read.
    """
    if not run.has_models:
        raise StudyError(
            f"{run.path}: this run has no models, and a study needs an original and a compressed one. "
            "Start it again with both, on the page New run."
        )
    if data is None:
        raise StudyError(
            f"{run.path}: this run was made of rows that no file has, and a study reads its pool from one. "
            "Make a run on a file with them."
        )
    if Path(data).is_absolute() and not paths.exists(data):
        raise StudyError(
            f"{data}: the data of this run is no longer there, and a study trains on its rows. Put it "
            "back, or make a run on the data where it is now."
        )
    tree = {
        "title": title,
        "original": original,
        "run": _of_run(run, data),
        "compressions": {_named(compressed): {"model": compressed}},
        "selectors": list(selectors),
        "budgets": list(budgets),
        "recoveries": {str(recovery.get("method", "sft")): dict(recovery)},
        "seeds": seeds,
        "tasks": list(tasks),
    }
    if selectors and _REFERENCE not in selectors:
        tree["reference"] = selectors[0]  # a study compares with one of its own
    config = StudyConfig.of_tree(tree)
    plan = Plan(config)
    check_settings(plan)
    cells = len(plan.works)
    return Draft(config, dump_yaml(tree), len(plan.cells), cells, len(steps_of(plan)) - cells)


def typed_budgets(text: str) -> list[Any]:
    """Budgets as a person types them, with commas between: as a plan has them.

    >>> typed_budgets("5 %, 400, 10 % of tokens")
    ['5 %', '400', {'tokens': '10 %'}]
    """
    found: list[Any] = []
    for part in text.split(","):
        words = part.split()
        if words[-1:] == ["tokens"]:
            amount = words[:-2] if words[-2:-1] == ["of"] else words[:-1]
            found.append({"tokens": " ".join(amount)})
        elif words:
            found.append(" ".join(words))
    return found


def _of_run(run: Run, data: str) -> dict[str, Any]:
    """The config of the run, without what a study says elsewhere and without what is as usual."""
    tree: dict[str, Any] = {
        name: value for name, value in to_tree(run.config).items() if name not in _ELSEWHERE
    }
    models = {name: value for name, value in tree["models"].items() if name not in _MODELS}
    tree["models"] = models
    usual = to_tree(type(run.config)())
    told = _differing(tree, usual)
    told["data"] = {**told.get("data", {}), "path": data}
    return told


def _differing(tree: Mapping[str, Any], usual: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in tree.items():
        default = usual.get(name)
        if isinstance(value, Mapping) and isinstance(default, Mapping):
            if inner := _differing(value, default):
                found[name] = inner
        elif value != default:
            found[name] = value
    return found


def _named(model: str) -> str:
    return Path(model).name[:40].strip() or "compressed"
