"""A recovery from start to end: look at everything, train, save, read back, publish.

The folder is a :mod:`~paser_core.workspace` folder: manifest, events, lock; a training that was killed
goes on from its last checkpoint. When it is done the folder is a model, and the checkpoints are gone.
"""

from __future__ import annotations

import importlib.metadata
import platform
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from paser_core import __version__
from paser_core.config import to_tree
from paser_core.errors import RecoveryError, RunError
from paser_core.models import loading
from paser_core.models.agreement import check_agreement
from paser_core.models.check import check_model
from paser_core.models.checkpoint import fingerprint_of
from paser_core.models.devices import choose_device
from paser_core.notices import Notice
from paser_core.recover.batches import plan
from paser_core.recover.data import Material, Source, read_material, template_of
from paser_core.recover.outcome import DIVERGED, DONE, RECOVERY, Recovery
from paser_core.recover.recipe import Recipe
from paser_core.recover.settings import RecoverConfig, Targets
from paser_core.recover.students import Compression, check_student
from paser_core.recover.targets import TARGETS
from paser_core.registry import RECOVERIES
from paser_core.workspace import paths
from paser_core.workspace.checkpoints import (
    MANIFEST,
    VERSION,
    Checkpoints,
    Stage,
    State,
)
from paser_core.workspace.files import disk_errors
from paser_core.workspace.lock import FolderLock
from paser_core.workspace.reading import reading

_KIND = "recovery"
_LIBRARIES = ("torch", "transformers", "accelerate", "peft")
_NO_PART = ("checkpoint_seconds", "data")  # of the settings: neither decides what comes out

ANSWERS = Stage(
    "targets",
    files=(TARGETS,),
    needs=(),
    sections=("samples", "models.original", "settings.max_length", "settings.dtype"),
    work="paser_core.recover.targets:write_targets",
    title="Answers",
    doing="Asking the original model",
    unit="samples",
)
TRAINING = Stage(
    "training",
    files=(RECOVERY,),
    needs=("targets",),
    sections=("settings", "samples", "models"),
    work="paser_core.recover.result:write_model",
    title="Training",
    doing="Training on the selection",
    unit="steps",
)


class DivergedError(RecoveryError):
    """The training has diverged. It ends the work on a folder and is told as its status."""


@dataclass(frozen=True)
class Request:
    """What is asked for."""

    compressed: str
    source: Source
    config: RecoverConfig
    original: str | None = None


@dataclass
class Work:
    """What is known before the training starts, and where it goes on."""

    request: Request
    recipe: Recipe
    compression: Compression
    original: str | None  # None: it is not needed
    material: Material
    tokenizer: Any  # of transformers
    quantized: str | None
    notices: tuple[Notice, ...]
    checkpoints: Checkpoints | None = None

    @property
    def config(self) -> RecoverConfig:
        """The settings."""
        return self.request.config

    @property
    def device(self) -> torch.device:
        """Where the models work."""
        return choose_device(self.config.device)

    @property
    def steps(self) -> list[NDArray[np.int64]]:
        """The rows of every step."""
        config = self.config
        return plan(self.material.rows, config.batch, config.epochs, config.seed)

    @cached_property
    def models(self) -> dict[str, dict[str, str | None]]:
        """Name and fingerprint of the models by role."""
        names = {"compressed": self.request.compressed, "original": self.original}
        return {
            role: {"name": name, "fingerprint": fingerprint_of(name)}
            for role, name in names.items()
            if name is not None
        }

    @property
    def facts(self) -> dict[str, Any]:
        """Everything that determines the result."""
        tree = {k: v for k, v in to_tree(self.config).items() if k not in _NO_PART}
        tree["template"] = str(self.material.template)
        models = {
            role: known["fingerprint"] or known["name"] for role, known in self.models.items()
        }
        return {
            VERSION: __version__,
            "samples": self.material.tokenized.sha256,
            **{f"settings.{name}": value for name, value in tree.items()},
            **{f"models.{role}": value for role, value in models.items()},
        }


def recover(
    request: Request, out: Path, watch: Callable[[dict[str, Any]], None] | None = None
) -> Recovery:
    """Train, or go on with it; a finished recovery of the same request is opened.

    Args:
        request: models, data and settings.
        out: a new folder, or one with this recovery in any state.
        watch: told every event that is also written to ``events.jsonl``.

    Raises:
        PaserError: the data or a model cannot be used, they do not fit, no step can be trained, or
            the folder holds something else.
    """
    work = look(request)
    with disk_errors(out):
        out.mkdir(parents=True, exist_ok=True)
    with FolderLock(out):
        checkpoints = Checkpoints(out, _manifest(out, work), watch)
        work.checkpoints = checkpoints
        try:
            checkpoints.events.emit("started", version=__version__)
            began = time.monotonic()
            _make(work, checkpoints)
            checkpoints.finish()
            checkpoints.events.emit("finished", seconds=round(time.monotonic() - began, 2))
        except DivergedError as error:
            checkpoints.manifest["status"] = DIVERGED
            checkpoints.fail(error)
        except BaseException as error:
            checkpoints.fail(error)
            raise
    return Recovery.of(out)


def look(request: Request) -> Work:
    """Look at models, data and settings, and see that there is something to train.

    Raises:
        PaserError: there is not, or something does not fit.
    """
    config = request.config
    recipe: Recipe = RECOVERIES[config.method]
    compression = Compression.of(request.compressed)
    original = _original(request, recipe, compression)
    model_config, notices = check_model(request.compressed, "compressed")
    quantized = check_student(request.compressed, model_config)
    tokenizer = loading.load_tokenizer(request.compressed)
    configs = {"compressed": model_config}
    if original is not None:
        configs["original"], found = check_model(original, "original")
        notices = (*notices, *found)
        theirs = loading.load_tokenizer(original)
        template = template_of(request.source, config, tokenizer)
        with loading.explained(original, "tokenizer"):
            notices = (*notices, *check_agreement(theirs, tokenizer, template))
    material = read_material(request.source, config, tokenizer, configs)
    notices = (*notices, *material.notices)
    work = Work(request, recipe, compression, original, material, tokenizer, quantized, notices)
    check_steps(work)
    return work


def _original(request: Request, recipe: Recipe, compression: Compression) -> str | None:
    """Name of the original where it is needed."""
    needed = recipe.needs_original or request.config.targets is Targets.ORIGINAL
    if not needed:
        return None
    name = request.original or compression.original
    if name is None:
        why = f"method {request.config.method}" if recipe.needs_original else "targets original"
        raise RecoveryError(
            f"{request.compressed}: {why} asks the original model, and no compression.json here names "
            "it. Name it with --original."
        )
    return name


def check_steps(work: Work) -> None:
    """See that there is something to train on.

    Raises:
        RecoveryError: there is no step, or fewer than the recipe has losses.
    """
    rows, total = len(work.material.rows), len(work.steps)
    if not total:
        read = len(work.material.records.frame)
        why = next((n.text for n in work.notices if n.code == "rows-left-out"), "")
        raise RecoveryError(
            f"{work.material.records.source}: none of the {read:,} rows can be trained on, so there is no "
            f"training step. {why} Give other rows, or change template or max_length."
        )
    phases = work.recipe.steps(total)
    if min(phases) < 1:
        raise RecoveryError(
            f"{rows:,} rows in batches of {work.config.batch} give {total} training step"
            f"{'' if total == 1 else 's'}, and {work.config.method} needs one for each of its "
            f"{len(phases)} losses. Lower batch, or raise epochs or the budget."
        )


def _manifest(out: Path, work: Work) -> dict[str, Any]:
    """The manifest to go on with.

    Raises:
        RunError: the folder holds something else, or another finished recovery.
    """
    if not paths.exists(out / MANIFEST):
        foreign = sorted(p.name for p in out.iterdir() if not p.name.startswith("."))
        if foreign:
            raise RunError(
                f"{out}: the folder is not empty and holds no recovery ({', '.join(foreign[:3])}). Give "
                "an empty or a new folder with --out."
            )
        known: dict[str, Any] = {}
    else:
        known = _read_manifest(out)
    if known.get("state") == State.DONE:
        changed = _changed(known.get("facts", {}), work.facts)
        if changed:
            raise RunError(
                f"{out}: a finished recovery is here, and {' and '.join(changed)} differ"
                f"{'s' if len(changed) == 1 else ''} from what it was made with. Give another --out."
            )
        return known
    if _changed(known.get("facts", {}), work.facts):
        known.pop("status", None)
    python = {"python": platform.python_version()}
    versions = {name: importlib.metadata.version(name) for name in _LIBRARIES}
    manifest = {"stages": {}, "files": {}} | known
    manifest |= {
        "kind": _KIND,
        "version": __version__,
        "versions": python | versions,
        "state": State.RUNNING,
        "config": to_tree(work.config),
        "models": work.models,
        "facts": work.facts,
    }
    manifest.pop("error", None)
    return manifest


def _read_manifest(out: Path) -> dict[str, Any]:
    import json

    with reading(out / MANIFEST):
        tree = json.loads((out / MANIFEST).read_text(encoding="utf-8"))
    if not isinstance(tree, dict) or tree.get("kind") != _KIND:
        raise RunError(
            f"{out}: the folder holds something else than a recovery. Give an empty or a new folder with "
            "--out."
        )
    return tree


def _changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """What of the facts is not what it was; the version of this program does not count."""
    names = (old.keys() | new.keys()) - {VERSION} if old else set()
    return sorted(
        name.removeprefix("settings.") for name in names if old.get(name) != new.get(name)
    )


def _make(work: Work, checkpoints: Checkpoints) -> None:
    manifest = checkpoints.manifest
    asks = work.config.targets is Targets.ORIGINAL
    stages = (ANSWERS, TRAINING) if asks else (TRAINING,)
    if manifest.get("status") == DIVERGED:
        raise DivergedError(str(Recovery.of(checkpoints.store.folder).facts["why"]))
    if not checkpoints.unfinished(stages, work.facts):
        checkpoints.reuse_all()
        return
    manifest["state"] = State.RUNNING
    checkpoints.note("check", work.notices)
    checkpoints.make(stages, lambda: work.facts, work)
    manifest["status"] = DONE
