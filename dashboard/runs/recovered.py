"""The models that were recovered with a run, for the pages: looked for again when a file has changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dashboard.runs.opening import remembered
from dashboard.serving import new_runs_folder, roots
from paser_core.config import SelectionConfig
from paser_core.explain import retention_tables
from paser_core.explain.recoveries import Found, files_of, recoveries_of
from paser_core.explain.retention_tables import Told
from paser_core.runs import Run
from paser_core.workspace import paths


def places_of(run: Run) -> list[Path]:
    """Folders in which recoveries and evaluations are looked for."""
    return [new_runs_folder().resolve(), *roots(), run.path.resolve().parent]


def found_for(run: Run) -> Found:
    """Recoveries of a run, and evaluations of any model."""
    return _found(run, *_stamp(run))


def told_of(run: Run, by: SelectionConfig) -> Told:
    """What the recovered models of a run retain, beside the damage by one measure, as tables."""
    return _told(run, by, *_stamp(run))


def unmeasured_roles(
    run: Run, facts: Mapping[str, Mapping[str, Any]], template: str
) -> tuple[str, ...]:
    """Which of the run's two models no evaluation has on these questions in this prompt.

    Args:
        run: a run with models.
        facts: what determines each task's result, by the task as it was asked for.
        template: of the prompts.
    """
    models, known = run.manifest["models"], found_for(run).evaluations
    return tuple(
        role
        for role in ("original", "compressed")
        if not any(
            evaluation.fingerprint == models[role]["fingerprint"]
            and evaluation.template == template
            and all(evaluation.tasks.get(t, {}).get("facts") == f for t, f in facts.items())
            for evaluation in known
        )
    )


def _stamp(run: Run) -> tuple[tuple[str, ...], tuple[tuple[int, int], ...]]:
    places = places_of(run)
    return tuple(map(str, places)), tuple(map(paths.version, files_of(places)))


@remembered(8)
def _found(run: Run, places: Sequence[str], versions: Sequence[tuple[int, int]]) -> Found:
    return recoveries_of(run, map(Path, places))


@remembered(8)
def _told(
    run: Run, by: SelectionConfig, places: Sequence[str], versions: Sequence[tuple[int, int]]
) -> Told:
    return retention_tables.told_of(run, _found(run, places, versions), by)
