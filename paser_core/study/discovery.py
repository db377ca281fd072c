"""Where studies are: in any state, or what came out of one alone. What may not be read is none."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

from paser_core.errors import RunError
from paser_core.runs import read_manifest
from paser_core.runs.discovery import is_run
from paser_core.study.folder import KIND
from paser_core.study.results import FOLDER, STUDY
from paser_core.workspace import paths
from paser_core.workspace.checkpoints import MANIFEST, State

STUDIES = "studies"  # beside runs: where they are looked for
RUNS = "runs"  # in the folder of a study


def is_study(folder: Path) -> bool:
    """Whether a study lies here, begun or finished, or its results alone."""
    return results_of(folder) is not None or is_begun(folder)


def is_begun(folder: Path) -> bool:
    """Whether a study was begun in this folder."""
    version = paths.version(folder / MANIFEST)
    return version != (0, 0) and _says_study(folder / MANIFEST, version)


def results_of(folder: Path) -> Path | None:
    """The folder with ``study.json`` in it: this one, or one in it; None where there is none yet."""
    places = (folder / FOLDER, folder)
    return next((place for place in places if paths.is_file(place / STUDY)), None)


def studies_at(place: Path) -> list[Path]:
    """The studies at a place, directly below it, or in ``studies/`` there."""
    if is_study(place):
        return [place]
    below = (*paths.entries(place), *paths.entries(place / STUDIES))
    return [folder for folder in below if is_study(folder)]


def finished_runs(study: Path) -> list[Path]:
    """The runs of a study that can be opened; one in work, and the pool without models, are its own."""
    return [run for run in paths.entries(study / RUNS) if is_run(run) and _is_measured(run)]


def _is_measured(run: Path) -> bool:
    try:
        manifest = read_manifest(run)
    except RunError:
        return False
    has_models = manifest["config"]["models"]["original"] is not None
    return has_models and bool(manifest["state"] == State.DONE)


@lru_cache(maxsize=512)
def _says_study(manifest: Path, _version: tuple[int, int]) -> bool:
    try:
        tree = json.loads(manifest.read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(tree, dict) and tree.get("kind") == KIND
