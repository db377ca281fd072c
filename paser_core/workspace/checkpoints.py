"""Work in stages that outlives a kill: what is finished, what determined it, what is made again.

A stage has a key: a hash of everything that determines it. A stage whose key stands in the manifest
is finished and is read back instead of being repeated; that is all there is to resuming, and to
changing an option. The manifest is written after the stage's files, so a kill between the two costs
the stage, never the truth. It has size and sha256 of every file: a stage one of whose files is not
what was written is not finished.
"""

from __future__ import annotations

import contextlib
import json
import logging
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import Any

from paser_core.errors import PaserError, RunError
from paser_core.notices import Notice
from paser_core.workspace.events import MADE_AGAIN, Events
from paser_core.workspace.files import sweep
from paser_core.workspace.keys import key_of
from paser_core.workspace.store import PARTS, Store

logger = logging.getLogger(__name__)

MANIFEST = "manifest.json"
VERSION = "version"  # of this program: a fact that determines every stage


class State(StrEnum):
    """How the work on a folder stands."""

    RUNNING = "running"
    FAILED = "failed"
    DONE = "done"


@dataclass(frozen=True)
class Stage:
    """One step of the work, as data."""

    name: str
    files: tuple[str, ...]  # what it writes
    needs: tuple[str, ...]  # stages before it whose files it reads
    sections: tuple[str, ...]  # the facts that determine it; "clustering" is all of "clustering.…"
    # "module:function", called with what all stages share and a progress. Imported when there is
    # work: whoever only asks what the stages are must not wait for their libraries.
    work: str
    title: str
    doing: str  # what to say while it works
    unit: str = "steps"  # what its progress counts

    def run(self, shared: Any, report: Callable[..., None]) -> Sequence[str]:
        """Do the work; returns the files beside ``files`` whose names only the work knows."""
        module, _, function = self.work.partition(":")
        return getattr(import_module(module), function)(shared, report) or ()


def made_of(
    stage: Stage, stages: Sequence[Stage], facts: Mapping[str, Any], manifest: Mapping[str, Any]
) -> dict[str, Any]:
    """Everything that determines a stage, and its key.

    What it needs of other stages counts with its content: where a stage that was made again has come
    out as before, those after it are not. None: such a stage is not planned, or not made yet.

    Args:
        stage: one of ``stages``.
        stages: those that are planned.
        facts: everything that may determine a stage, by dotted name.
        manifest: what is made of other stages.
    """
    inputs = {
        name: value
        for name, value in facts.items()
        if name == VERSION or any(f"{name}.".startswith(f"{s}.") for s in stage.sections)
    }
    planned = {s.name for s in stages}
    for need in stage.needs:
        made = manifest["stages"].get(need) if need in planned else None
        inputs[need] = made and key_of(
            made["key"], [manifest["files"][f]["sha256"] for f in made["files"]]
        )
    inputs = json.loads(json.dumps(inputs, default=str))  # as the manifest gives them back
    return {"key": key_of(stage.name, inputs), "inputs": inputs}


def adopt(manifest: Mapping[str, Any], stages: Sequence[Stage], facts: Mapping[str, Any]) -> None:
    """Say under which facts the stages were made of which an earlier version did not say it."""
    for stage in stages:
        known = manifest["stages"].get(stage.name)
        if known is not None and "inputs" not in known:
            known |= made_of(stage, stages, facts, manifest)


class Checkpoints:
    """The manifest of a folder in work, and the stages that it calls finished.

    Args:
        folder: the folder, with the lock held.
        manifest: what its manifest holds, or shall hold: ``state``, ``stages``, ``files``, and
            whatever else the work wants to keep.
        watch: told every event.
        called: what a person calls a fact, by its dotted name.
    """

    def __init__(
        self,
        folder: Path,
        manifest: dict[str, Any],
        watch: Callable[[dict[str, Any]], None] | None = None,
        called: Callable[[str], str] = str,
    ) -> None:
        self._called = called
        self.store = Store(folder)
        self.manifest = manifest
        for place in (folder, folder / PARTS):
            sweep(place)
        # Before the first event: a folder with events and no manifest would look like a stranger's.
        if self.manifest["state"] != State.DONE:
            self.save()
        self.events = Events(folder, watch)

    def unfinished(self, stages: Sequence[Stage], facts: Mapping[str, Any]) -> list[str]:
        """The stages that have to be made under these facts, as far as that is known beforehand.

        A file that is damaged is told, and what is made again because a fact has changed.
        """
        known = self.manifest["stages"]
        outdated: dict[str, set[str]] = {}
        for stage in stages:
            if stage.name in known:
                changed = self._changed(stage, stages, facts)
                if changed or not outdated.keys().isdisjoint(stage.needs):
                    outdated[stage.name] = changed
        because = sorted(set().union(*outdated.values()) - outdated.keys())
        # A finished run stays what an earlier version has made of it.
        kept = self.manifest["state"] == State.DONE and because == [VERSION]
        for name in [n for n in known if kept or n not in outdated]:
            self._drop_damaged(name)
        unmade = [s.name for s in stages if s.name not in known]
        if kept and not unmade:
            return []
        if outdated:
            self.events.emit(
                MADE_AGAIN, stages=list(outdated), because=sorted(set(map(self._called, because)))
            )
        return [s.name for s in stages if s.name in outdated or s.name in unmade]

    def make(
        self, stages: Sequence[Stage], facts: Callable[[], Mapping[str, Any]], shared: Any
    ) -> None:
        """Work through ``stages``; what is finished under the same facts is not repeated.

        Args:
            stages: in an order in which none comes before one that it needs.
            facts: what determines the stages. Asked again once a stage is made: the fingerprint of
                what was downloaded is only known then.
            shared: what the work of every stage is called with.
        """
        for stage in stages:
            known = self.manifest["stages"].get(stage.name)
            if known and known["key"] == made_of(stage, stages, facts(), self.manifest)["key"]:
                self.events.emit("stage_reused", stage=stage.name)
                continue
            self.events.emit("stage_started", stage=stage.name)
            self.manifest.setdefault("notices", {}).pop(stage.name, None)  # of an earlier attempt
            began = time.monotonic()
            files = [*stage.files, *stage.run(shared, self.events.progress(stage.name))]
            seconds = round(time.monotonic() - began, 3)
            self.manifest["stages"][stage.name] = {
                **made_of(stage, stages, facts(), self.manifest),
                "seconds": seconds,
                "files": files,
            }
            self.manifest["files"].update({f: self.store.written[f] for f in files})
            self.save()
            self.events.emit("stage_finished", stage=stage.name, seconds=seconds)

    def reuse_all(self) -> None:
        """Say of every stage that it is done."""
        for name in self.manifest["stages"]:
            self.events.emit("stage_reused", stage=name)

    def _changed(self, stage: Stage, stages: Sequence[Stage], facts: Mapping[str, Any]) -> set[str]:
        """What of all that determines a finished stage is not what it was."""
        old = self.manifest["stages"][stage.name]["inputs"]
        new = made_of(stage, stages, facts, self.manifest)["inputs"]
        coming = {s.name for s in stages} - self.manifest["stages"].keys()
        new |= {name: old.get(name) or "new" for name in coming.intersection(stage.needs)}
        return {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}

    def _drop_damaged(self, name: str) -> None:
        """Make a stage count as undone that has a file which is not what was written."""
        files, written = self.manifest["stages"][name]["files"], self.manifest["files"]
        damaged = [f for f in files if not self.store.is_intact(f, written.get(f))]
        if damaged:
            logger.warning("%s: %s is damaged", self.store.folder, ", ".join(damaged))
            del self.manifest["stages"][name]
            self.events.emit("stage_damaged", stage=name, files=damaged)

    def note(self, stage: str, notices: Sequence[Notice]) -> None:
        """Keep what a stage has to say; whoever watches is told at once, before the work goes on."""
        if not notices:
            return
        kept = self.manifest.setdefault("notices", {}).setdefault(stage, [])
        for notice in notices:
            if (tree := notice.to_tree()) not in kept:
                kept.append(tree)
                self.events.emit("notice", stage=stage, **tree)
        self.save()

    def finish(self) -> None:
        """The last write: the work is done from here on."""
        self.manifest["state"] = State.DONE
        self.manifest.pop("error", None)
        self.save()
        # Only now: as long as a stage is not in the manifest, its parts are needed to resume.
        shutil.rmtree(self.store.path(PARTS), ignore_errors=True)

    def fail(self, error: BaseException) -> None:
        """Leave a readable state behind. The work can be started again.

        A kill cannot be caught: the state then stays ``running``, and the lock is free.
        """
        if self.manifest["state"] == State.DONE:
            return  # what was finished stays finished, whatever this start ran into
        interrupted = isinstance(error, KeyboardInterrupt)
        said = str(error) if isinstance(error, PaserError) else f"{type(error).__name__}: {error}"
        self.manifest["state"] = State.FAILED
        self.manifest["error"] = "interrupted" if interrupted else said
        # On a full disk this fails as well; the error that is already on its way says it better.
        with contextlib.suppress(RunError):
            self.save()
            self.events.emit("interrupted" if interrupted else "failed", message=said)

    def save(self) -> None:
        """Write the manifest."""
        self.store.write_json(MANIFEST, self.manifest)
