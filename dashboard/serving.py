"""Where runs are looked for and where new ones go, as ``paser serve`` was told. Knows no screen.

``PASER_RUNS``        runs and folders of runs, separated as in ``PATH``
``PASER_NEW_RUNS``    the folder for new runs; made with the first of them
``PASER_STARTED_IN``  the directory of the command, which relative paths are relative to

Without them (``streamlit run streamlit_app.py``): the arguments of the script, else the bundled demo,
and the current directory.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from paser_core.runs import Files, default_new_runs_folder, discover
from paser_core.runs.discovery import is_run
from paser_core.study.discovery import finished_runs, is_begun, is_study, studies_at
from paser_core.workspace import paths

DEMO = Path(__file__).resolve().parent.parent / "data" / "demo" / "run"


def roots() -> tuple[Path, ...]:
    """The runs and folders of runs that the dashboard was started on."""
    given = [p for p in os.environ.get("PASER_RUNS", "").split(os.pathsep) if p] or sys.argv[1:]
    return tuple(started_in() / Path(p).expanduser() for p in given) or (DEMO,)


def started_in() -> Path:
    """The directory that the dashboard was started in."""
    return Path(os.environ.get("PASER_STARTED_IN") or Path.cwd())


def new_runs_folder() -> Path:
    """The folder that new runs go into. It need not exist yet."""
    given = os.environ.get("PASER_NEW_RUNS")
    if given:
        return Path(given)
    return default_new_runs_folder([p for p in roots() if not is_study(p)], started_in())


def all_runs() -> list[Path]:
    """Every run, finished or not, at or directly below a place; each once, in the order of places.

    After them the finished runs of studies: what a study works on is its own.
    """
    searched = (*roots(), new_runs_folder())
    found = [run for place in searched for run in discover(place) if not is_begun(run)]
    found += [run for study in all_studies() for run in finished_runs(study)]
    return list(dict.fromkeys(run.resolve() for run in found))


def all_studies() -> list[Path]:
    """Every study at a place, directly below or beside it, or in its folder ``studies``; each once."""
    searched = (*roots(), new_runs_folder(), *(place.parent for place in roots() if is_run(place)))
    return list(dict.fromkeys(study.resolve() for place in searched for study in studies_at(place)))


def studies_by_name() -> dict[str, Path]:
    """Every study by its name, as select box and address call it."""
    return unique_names(all_studies())


def unreadable() -> dict[Path, str]:
    """Folders at or directly below a place that nobody may look into, and why."""
    folders = (f for place in (*roots(), new_runs_folder()) for f in (place, *paths.entries(place)))
    found = {folder: paths.trouble(folder / Files.MANIFEST) for folder in dict.fromkeys(folders)}
    return {folder: why for folder, why in found.items() if why is not None}


def runs_by_name() -> dict[str, Path]:
    """Every run by its name: the one that side bar, list of runs, buttons and addresses call it by.

    Over all runs, finished or not: whoever needs only some of them takes them from here, because the
    same run would have another name among fewer.
    """
    return unique_names(all_runs())


def find_name(name: str, runs: Mapping[str, Path]) -> str | None:
    """The run that a name of an earlier day means, by its name now; None where none or several may be.

    Names grow and shrink with what else is there: ``x/run`` is ``run`` when ``y/run`` has gone.
    """
    if name in runs:
        return name
    parts = tuple(name.split("/"))
    found = [now for now, run in runs.items() if run.parts[-len(parts) :] == parts]
    return found[0] if len(found) == 1 else None


def unique_names(runs: Sequence[Path]) -> dict[str, Path]:
    """A name for every run: that of its folder, with as many folders above as make it unique.

    ``/a/x/run`` and ``/a/y/run`` are ``x/run`` and ``y/run``.
    """
    names: dict[str, Path] = {}
    for run in runs:
        others = [other for other in runs if other != run]
        length = next(
            k
            for k in range(1, len(run.parts) + 1)
            if all(run.parts[-k:] != other.parts[-k:] for other in others)
        )
        names["/".join(run.parts[-length:])] = run
    return names
