"""A recovery from start to end: look at everything, train, save, read back, publish.

The folder is a :mod:`~paser_core.workspace` folder: manifest, events, lock; a training that was killed
goes on from its last checkpoint. When it is done the folder is a model, and the checkpoints are gone.
"""

from __future__ import annotations

import importlib.metadata
import json
import platform
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from paser_core import __version__
from paser_core.config import to_tree
from paser_core.errors import RunError
from paser_core.recover.outcome import DIVERGED, DONE, RECOVERY, DivergedError, Recovery
from paser_core.recover.plan import KIND, stages_of
from paser_core.recover.request import Request, Work, look
from paser_core.recover.settings import Targets
from paser_core.recover.zeros import check_filling
from paser_core.text import listed, size
from paser_core.workspace import paths
from paser_core.workspace.checkpoints import MANIFEST, VERSION, Checkpoints, State
from paser_core.workspace.place import free_bytes, work_folder
from paser_core.workspace.reading import reading

_LIBRARIES = ("torch", "transformers", "accelerate", "peft")


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
    check_filling(work)
    _check_room(out, work)
    with work_folder(out):
        checkpoints = Checkpoints(out, _manifest(out, work), watch, _called)
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


def _check_room(out: Path, work: Work) -> None:
    """See that model and checkpoints will fit, before hours of work.

    Raises:
        RunError: they will not.
    """
    needed, free = work.room, free_bytes(out)
    if needed > free and not paths.exists(out / RECOVERY):
        raise RunError(
            f"{out}: model and checkpoints need about {size(needed)}, and {size(free)} are free there. Free "
            "some space, or choose another folder with --out."
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
                f"{out}: a finished recovery is here, and {listed(changed)} differ"
                f"{'s' if len(changed) == 1 else ''} from what it was made with. Give another --out."
            )
        return known
    if _changed(known.get("facts", {}), work.facts):
        known.pop("status", None)
    python = {"python": platform.python_version()}
    versions = {name: importlib.metadata.version(name) for name in _LIBRARIES}
    manifest = {"stages": {}, "files": {}} | known
    manifest |= {
        "kind": KIND,
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
    with reading(out / MANIFEST):
        tree = json.loads((out / MANIFEST).read_text(encoding="utf-8"))
    if not isinstance(tree, dict) or tree.get("kind") != KIND:
        raise RunError(
            f"{out}: the folder holds something else than a recovery. Give an empty or a new folder with "
            "--out."
        )
    return tree


def _changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """What of the facts is not what it was; the version of this program does not count."""
    names = (old.keys() | new.keys()) - {VERSION} if old else set()
    return sorted(_called(name) for name in names if old.get(name) != new.get(name))


def _called(fact: str) -> str:
    """A fact as whoever set it calls it: ``settings.lr`` is lr."""
    return fact.removeprefix("settings.")


def _make(work: Work, checkpoints: Checkpoints) -> None:
    manifest = checkpoints.manifest
    asks = work.config.targets is Targets.ORIGINAL
    stages = stages_of(asks)
    if manifest.get("status") == DIVERGED:
        raise DivergedError(str(Recovery.of(checkpoints.store.folder).facts["why"]))
    if not checkpoints.unfinished(stages, work.facts):
        checkpoints.reuse_all()
        return
    manifest["state"] = State.RUNNING
    checkpoints.note("check", work.notices)
    checkpoints.make(stages, lambda: work.facts, work)
    manifest["status"] = DONE
