"""Which models were recovered with selections of a run, and which evaluations there are of models.

Recoveries and evaluations are folders of their own, made at any time by any shell: what belongs
together is known by content, never by name. A recovery names the fingerprint of the run that its data
came from, an evaluation that of the weights it measured.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paser_core.errors import PaserError
from paser_core.evaluate.results import RESULTS, read_json, read_results
from paser_core.models.checkpoint import fingerprint, weights_in
from paser_core.recover.outcome import DIVERGED, RECOVERY
from paser_core.runs import Run
from paser_core.workspace import paths
from paser_core.workspace.checkpoints import MANIFEST, State

RECOVERED, EVALUATIONS = "recovered", "evaluations"  # beside runs: where these are looked for
EVALUATION = "evaluation"  # in the folder of a recovered model


@dataclass(frozen=True)
class Recovered:
    """One model that was trained on a selection of the run."""

    path: Path
    selector: str
    selected: int  # samples of the selection
    of: int
    recipe: str  # as a reader knows it
    trained: str  # "full" or "lora"
    trouble: str | None  # why there is no model: the training diverged
    fingerprint: str | None  # of its weights; None: it has none
    made: float  # seconds since the epoch
    tokens: int = 0  # that it read, every epoch, padding left out
    seconds: float = 0.0  # that its training took

    @property
    def name(self) -> str:
        """What a person calls it."""
        return self.path.name


@dataclass(frozen=True)
class Evaluated:
    """One finished evaluation of a model."""

    path: Path
    fingerprint: str
    template: str
    tasks: Mapping[str, Mapping[str, Any]]  # by what was asked for, as results.json has them
    made: float


@dataclass(frozen=True)
class Found:
    """What lies in the folders that were looked through."""

    recoveries: tuple[Recovered, ...]  # of this run, newest first
    evaluations: tuple[Evaluated, ...]  # of any model, newest first
    unread: tuple[str, ...]  # what could not be read, a sentence each


def recoveries_of(run: Run, places: Iterable[Path]) -> Found:
    """Look for the models that were recovered with a run's selections.

    Args:
        run: the run; selections of it under an earlier schema count as well.
        places: folders with ``recovered/`` and ``evaluations/`` in them, as the folder of runs is.
    """
    recoveries, evaluations, unread = [], [], []
    known = dict.fromkeys(place.resolve() for place in places)
    for place in known:
        for folder in paths.entries(place / RECOVERED):
            try:
                recovered = _recovered(folder, run)
                if recovered is None:
                    continue
                recoveries.append(recovered)
                if (made := _evaluated(folder / EVALUATION)) is not None:
                    evaluations.append(made)
            except (PaserError, *_UNREADABLE) as error:
                unread.append(_said(folder, error))
        for folder in paths.entries(place / EVALUATIONS):
            try:
                if (made := _evaluated(folder)) is not None:
                    evaluations.append(made)
            except (PaserError, *_UNREADABLE) as error:
                unread.append(_said(folder, error))
    return Found(
        tuple(sorted(recoveries, key=lambda r: -r.made)),
        tuple(sorted(evaluations, key=lambda e: -e.made)),
        tuple(unread),
    )


def found_beside(run: Run) -> Found:
    """What lies beside a run and in ``runs/`` here, which is where the dashboard puts new work."""
    return recoveries_of(run, [Path("runs"), run.path.resolve().parent])


def files_of(places: Iterable[Path]) -> list[Path]:
    """The files whose change changes what :func:`recoveries_of` finds."""
    found = []
    for place in dict.fromkeys(place.resolve() for place in places):
        for folder in paths.entries(place / RECOVERED):
            found += [folder / RECOVERY, folder / EVALUATION / RESULTS]
            found.append(folder / EVALUATION / MANIFEST)
        for folder in paths.entries(place / EVALUATIONS):
            found += [folder / RESULTS, folder / MANIFEST]
    return found


# What somebody has edited, or another version has written otherwise.
_UNREADABLE = (KeyError, TypeError, ValueError, AttributeError)


def _recovered(folder: Path, run: Run) -> Recovered | None:
    """A recovery on a selection of this run; None where the folder is none, or of another run."""
    if not paths.is_file(folder / RECOVERY):
        return None
    facts = read_json(folder / RECOVERY)
    chosen = facts["data"].get("chosen") or {}
    if chosen.get("run") not in run.formerly:
        return None
    diverged = facts["status"] == DIVERGED
    return Recovered(
        folder,
        str(chosen["selector"]),
        int(chosen["selected"]),
        int(chosen["of"]),
        str(facts["title"]),
        str(facts["adapter"]),
        str(facts["why"]) if diverged else None,
        None if diverged else _weights(folder),
        (folder / RECOVERY).stat().st_mtime,
        int(facts["tokens"]["read"]),
        float(facts["seconds"]),
    )


def _weights(folder: Path) -> str:
    """The fingerprint of the weights, from the digests that were recorded when they were written."""
    recorded = read_json(folder / MANIFEST)["files"]
    known = {name: str(file["sha256"]) for name, file in recorded.items()}
    return fingerprint(weights_in(folder), known)


def _evaluated(folder: Path) -> Evaluated | None:
    """A finished evaluation; None where there is none, or none that is finished."""
    if not paths.is_file(folder / MANIFEST):
        return None
    if read_json(folder / MANIFEST)["state"] != State.DONE:  # in work, perhaps
        return None
    results = read_results(folder)
    return Evaluated(
        folder,
        str(results["model"]["fingerprint"]),
        str(results["template"]),
        {str(spec): dict(task) for spec, task in results["tasks"].items()},
        (folder / RESULTS).stat().st_mtime,
    )


def _said(folder: Path, error: Exception) -> str:
    if isinstance(error, PaserError):
        return str(error)
    return f"{folder}: what is in this folder cannot be read ({type(error).__name__}: {error})."
