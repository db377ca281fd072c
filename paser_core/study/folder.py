"""The folder of a study: what it is bound to, what was expected before the first cell, how it stands."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paser_core import __version__
from paser_core.config import read_yaml, to_tree
from paser_core.errors import ConfigError, StudyError
from paser_core.study.cells import CELL, CellResult
from paser_core.study.plan import Plan
from paser_core.study.results import Results
from paser_core.study.settings import StudyConfig
from paser_core.study.steps import Places
from paser_core.workspace import paths
from paser_core.workspace.checkpoints import MANIFEST, State
from paser_core.workspace.events import read_events
from paser_core.workspace.files import digest_of_file
from paser_core.workspace.keys import digest_of_tree
from paser_core.workspace.lock import worker_of
from paser_core.workspace.reading import reading

KIND = "study"
STATES = ("pending", "running", "done", "diverged", "failed")
_LAST = 1 << 20  # bytes of the events that say what is in work


def load_study(path: Path) -> StudyConfig:
    """Read ``study.yaml``. Paths in it are relative to the current folder, as in a run's config.

    Raises:
        ConfigError: it is missing, no YAML, or a value is not accepted; the line is named.
    """
    text = read_yaml(path)
    tree = text.mapping("the study")
    try:
        return StudyConfig.of_tree(tree)
    except ConfigError:
        with text.places():
            raise


def expected(config: StudyConfig) -> str:
    """sha256 of the hypotheses."""
    return digest_of_tree([to_tree(one) for one in config.hypotheses])


def open_study(plan: Plan, out: Path) -> dict[str, Any]:
    """The manifest to go on with: a new one, or that of the study in the folder.

    Raises:
        StudyError: the folder holds something else, or what the study is bound to has changed.
    """
    config = plan.config
    bound = bound_to(config)
    if not paths.exists(out / MANIFEST):
        foreign = sorted(p.name for p in out.iterdir() if not p.name.startswith("."))
        if foreign:
            raise StudyError(
                f"{out}: the folder is not empty and holds no study ({', '.join(foreign[:3])}). Give an "
                "empty or a new folder with --out."
            )
        manifest: dict[str, Any] = {
            "kind": KIND,
            "stages": {},
            "files": {},
            "bound": bound,
            "expected": [],
        }
    else:
        manifest = read_study(out)
        changed = [
            name for name, known in manifest["bound"].items() if bound.get(name, known) != known
        ]
        if changed:
            raise StudyError(
                f"{out}: this study was begun with other content of {' and '.join(changed)}, and its cells "
                "would not be comparable. Give another --out."
            )
        manifest["bound"] |= bound
    _expect(manifest, config, out)
    manifest |= {
        "version": __version__,
        "versions": sorted({*manifest.get("versions", []), __version__}),
        "state": State.RUNNING,
        "config": json.loads(json.dumps(tree_of(config), default=str)),
    }
    manifest.pop("error", None)
    return manifest


def bound_to(config: StudyConfig) -> dict[str, str]:
    """sha256 of the pool, the original's weights, calibration text and the files of tasks, by name."""
    from paser_core.models.checkpoint import fingerprint_of

    found = {"original": fingerprint_of(config.original)}
    data = config.run.get("data")
    files = {"pool": data.get("path") if isinstance(data, Mapping) else None}
    files |= {spec: spec.partition(":")[2] for spec in config.tasks if ":" in spec}
    for name, settings in config.compressions.items():
        calibration = settings.get("calibration")
        if isinstance(calibration, Mapping):
            calibration = calibration.get("path")
        files[f"calibration of {name}"] = calibration
        if "model" in settings:
            found[f"compressions.{name}"] = fingerprint_of(str(settings["model"]))
    embedding = config.run.get("embedding")
    if isinstance(embedding, Mapping):
        files["vectors"] = embedding.get("precomputed")
    for name, settings in config.selectors.items():
        scores = settings.get("scores")
        if isinstance(scores, Mapping):
            files[f"targets of {name}"] = scores.get("targets")
    for name, file in files.items():
        if file and paths.is_file(place := paths.home(str(file))):
            found[name] = str(digest_of_file(place)["sha256"])
    return {name: value for name, value in found.items() if value is not None}


def _expect(manifest: dict[str, Any], config: StudyConfig, out: Path) -> None:
    """Record what is expected, and how much was known when it was written down."""
    digest = expected(config)
    known = manifest["expected"]
    if known and known[-1]["sha256"] == digest:
        return
    known.append(
        {
            "sha256": digest,
            "time": round(time.time()),
            "cells": len(finished(Places(out, config))),
            "hypotheses": [to_tree(one) for one in config.hypotheses],
        }
    )


def tree_of(config: StudyConfig) -> dict[str, Any]:
    """A study as ``study.yaml`` has it: :meth:`StudyConfig.of_tree` reads it back."""
    tree = to_tree(config)
    tree["budgets"] = [budget.to_tree() for budget in config.budgets]
    tree["grid"] = [
        {
            "compressions": list(arms.compressions),
            "selectors": list(arms.selectors),
            "budgets": [budget.to_tree() for budget in arms.budgets],
            "recoveries": list(arms.recoveries),
        }
        for arms in (config.arms if config.grid else ())
    ]
    for one, made in zip(tree["hypotheses"], config.hypotheses, strict=True):
        one["budgets"] = [budget.to_tree() for budget in made.budgets]
    return tree


def read_study(folder: Path) -> dict[str, Any]:
    """The manifest of a study in any state.

    Raises:
        StudyError: there is none.
        RunError: it is damaged.
    """
    if not paths.is_file(folder / MANIFEST):
        raise StudyError(
            f"{folder}: there is no study in this folder. Make one with: paser study study.yaml --out DIR"
        )
    with reading(folder / MANIFEST):
        tree = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    if not isinstance(tree, dict) or tree.get("kind") != KIND:
        raise StudyError(f"{folder}: this is no study. Name the --out of paser study.")
    return tree


def config_of(folder: Path) -> StudyConfig:
    """The study in a folder, from its first moment on; or that of results alone.

    Raises:
        StudyError: there is neither.
    """
    if paths.is_file(folder / MANIFEST):
        return StudyConfig.of_tree(read_study(folder)["config"])
    return Results.open(folder).config


def finished(places: Places) -> set[str]:
    """Keys of the cells that are there."""
    return {
        place.name
        for place in paths.entries(places.folder / "cells")
        if paths.is_file(place / CELL)
    }


@dataclass(frozen=True)
class Standing:
    """How a study stands, cell by cell."""

    states: Mapping[str, str]  # pending, running, done, diverged or failed, by key of the cell
    why: Mapping[str, str]  # of what has failed, by step
    working: bool  # whether a process works on it
    seconds_left: float | None  # as far as its pace tells

    def counts(self) -> dict[str, int]:
        """Cells by state."""
        return {one: sum(state == one for state in self.states.values()) for one in STATES}


def standing(folder: Path) -> Standing:
    """How a study stands, also while it is in work.

    Raises:
        StudyError: there is none in the folder.
    """
    manifest = read_study(folder)
    config = StudyConfig.of_tree(manifest["config"])
    plan, places = Plan(config), Places(folder, config)
    working = worker_of(folder) is not None
    why = dict(manifest.get("failed", {}))
    there = finished(places)
    events = read_events(folder, last_bytes=_LAST)
    begun = max((n for n, e in enumerate(events) if e["event"] == "started"), default=0)
    now: set[str] = set()
    left = None
    for event in events[begun:] if working else ():
        if event["event"] == "step_started":
            now.add(event["step"])
        elif event["event"] == "step_ended":
            now.discard(event["step"])
        elif event["event"] == "progress":
            left = event.get("seconds_left")
    states = {}
    for key in plan.works:
        if key in there:
            states[key] = CellResult.read(places.cell(key)).status
        elif f"cell/{key}" in now:
            states[key] = "running"
        else:
            states[key] = "failed" if f"cell/{key}" in why else "pending"
    return Standing(states, why, working, left)
