"""Where runs are. A folder that may not be read is a folder without runs, never an error.

Exports, evaluations and recoveries have a manifest of their own kind, and are no runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from paser_core.runs.schema import Files
from paser_core.workspace import paths
from paser_core.workspace.kinds import kind_of


def is_run(folder: Path) -> bool:
    """Whether there is a manifest that may be looked at, and it is of nothing else. It may be damaged."""
    return paths.is_file(folder / Files.MANIFEST) and kind_of(folder) is None


def discover(folder: Path) -> list[Path]:
    """The run folders at or directly below ``folder``, by name; what may not be read is left out."""
    if is_run(folder):
        return [folder]
    return [path for path in paths.entries(folder) if is_run(path)]


def default_new_runs_folder(given: Sequence[Path], started_in: Path) -> Path:
    """Where new runs go: the first place given that is a folder of folders, else ``./runs``.

    A place that does not exist yet is a folder to be.
    """
    folders = (
        place
        for place in given
        if not paths.is_file(place) and not paths.is_file(place / Files.MANIFEST)
    )
    return next(folders, started_in / "runs")
