"""What is finished already, and what a finished stage is bound to.

A stage has a key: a hash of everything that determines it, this program's version included. A stage
whose key stands in the manifest is finished and is read back instead of being repeated; that is all
there is to resuming. The manifest is written after the stage's files, so a kill between the two
costs the stage, never the truth. The manifest has size and sha256 of every file: a stage one of whose
files is not what was written is not finished.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import logging
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from paser_core import __version__
from paser_core.config import RunConfig, determining, to_tree
from paser_core.errors import PaserError, RunError
from paser_core.notices import Notice
from paser_core.protocols import Progress
from paser_core.runs import SCHEMA, Files, State, read_manifest
from paser_core.runs.identity import fingerprint_of, first_fingerprint
from paser_core.workspace import paths
from paser_core.workspace.events import Events
from paser_core.workspace.files import sweep
from paser_core.workspace.keys import key_of
from paser_core.workspace.store import Store

logger = logging.getLogger(__name__)

_LIBRARIES = ("numpy", "scipy", "scikit-learn", "torch", "transformers", "umap-learn")


class Checkpoints:
    """The manifest of the run in work, and the stages that it calls finished."""

    def __init__(
        self, config: RunConfig, out: Path, watch: Callable[[dict[str, Any]], None] | None
    ) -> None:
        self.store = Store(out)
        self.manifest = begin(config, out)
        for folder in (out, out / Files.PARTS):
            sweep(folder)
        self._damaged: list[tuple[str, list[str]]] = []
        self._drop_damaged()
        # Done, every file in place: nothing is to be made, only to be checked.
        self.was_done = self.manifest["state"] == State.DONE
        # Before the first event: a folder with events and no manifest would look like a stranger's.
        self.save()
        self.events = Events(out, watch)
        for name, files in self._damaged:
            self.events.emit("stage_damaged", stage=name, files=files)

    def stage(
        self, name: str, files: Sequence[Files], depends: Sequence[Any], work: Callable[..., None]
    ) -> str:
        """Call ``work(report)``, which writes ``files``, unless that is done.

        ``depends`` is everything that determines the result: what earlier stages returned, sections
        of the config, hashes, the seed. Returns what stands for the result in later stages: the key
        and what was written, so that they are made again where a stage that was made again has come
        out otherwise.

        Args:
            name: as the manifest has it.
            files: what it writes.
            depends: everything that determines the result: what earlier stages returned, sections
                of the config, hashes, the seed.
            work: called with a progress, unless the stage is finished.
        """
        key = key_of(SCHEMA, __version__, name, *depends)
        if self.finished(name, key):
            self.events.emit("stage_reused", stage=name)
            return self._result(name)
        self.events.emit("stage_started", stage=name)
        self.manifest.setdefault("notices", {}).pop(name, None)  # what an earlier attempt said
        began = time.monotonic()
        report: Progress = self.events.progress(name)
        work(report)
        seconds = round(time.monotonic() - began, 3)
        self.manifest["stages"][name] = {
            "key": key,
            "seconds": seconds,
            "files": [str(f) for f in files],
        }
        self.manifest["files"].update({str(f): self.store.written[f] for f in files})
        self.save()
        self.events.emit("stage_finished", stage=name, seconds=seconds)
        return self._result(name)

    def _result(self, name: str) -> str:
        stage = self.manifest["stages"][name]
        return key_of(stage["key"], [self.manifest["files"][f]["sha256"] for f in stage["files"]])

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

    def finished(self, name: str, key: str) -> bool:
        """Whether a stage is done for this key. What is damaged was taken out at the start."""
        known = self.manifest["stages"].get(name)
        return known is not None and known["key"] == key

    def _drop_damaged(self) -> None:
        """Make every stage count as undone that has a file which is not what was written."""
        manifest = self.manifest
        if manifest["schema"] < SCHEMA:  # finished, and told whether it is whole: nothing is made
            return
        for name, stage in list(manifest["stages"].items()):
            damaged = [
                f for f in stage["files"] if not self.store.is_intact(f, manifest["files"].get(f))
            ]
            if damaged:
                logger.warning("%s: %s is damaged", self.store.folder, ", ".join(damaged))
                del manifest["stages"][name]
                self._damaged.append((name, damaged))
        if self._damaged:
            _reopen(manifest)

    def reuse_all(self) -> None:
        """Say of every stage that it is done."""
        for name in self.manifest["stages"]:
            self.events.emit("stage_reused", stage=name)

    def finish(self) -> None:
        """The last write: the run is done from here on."""
        if self.was_done:
            return
        self.manifest["fingerprint"] = fingerprint_of(self.manifest)
        self.manifest["state"] = State.DONE
        self.manifest.pop("error", None)
        self.save()

    def fail(self, error: BaseException) -> None:
        """Leave a readable state behind. The run can be started again.

        A kill cannot be caught: the state then stays ``running``, and the lock is free.
        """
        if self.was_done:
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
        self.store.write_json(Files.MANIFEST, self.manifest)


def begin(config: RunConfig, out: Path) -> dict[str, Any]:
    """The manifest to continue with: a new one, or that of the run in the folder.

    Raises:
        RunError: the folder holds something else, or a run with another config.
        SchemaError: the run has another schema.
    """
    tree = to_tree(config)
    if not paths.exists(out / Files.MANIFEST):
        foreign = sorted(p.name for p in out.iterdir() if not p.name.startswith("."))
        if foreign:
            raise RunError(
                f"{out}: the folder is not empty and holds no run ({', '.join(foreign[:3])}). Give "
                "an empty or a new folder with --out."
            )
        return {
            "schema": SCHEMA,
            "version": __version__,
            "versions": _library_versions(),
            "state": State.RUNNING,
            "config": tree,
            "stages": {},
            "files": {},
        }
    manifest = read_manifest(out)
    before = manifest["config"]
    adds_models = (
        before["models"].get("original") is None and tree["models"]["original"] is not None
    )
    # What has made nothing yet binds nothing: a slip in the name of a file or a model can be put
    # right in the same folder. Data that was read does bind: another pool is another run.
    unmade, unread = not manifest["stages"], "data" not in manifest
    measured = manifest.get("counts", {}).get("measured")
    unmeasured = "divergence" not in manifest["stages"] or measured == 0
    binding = [
        (name, old, new)
        for name, old, new in differences(determining(before), determining(tree))
        # The selection is only the setting a reader starts with, and the batch size only a speed:
        # they determine nothing in the run.
        if not name.startswith(("selection.", "embedding.batch_size"))
        and not (unmeasured and name.startswith(("models.", "divergence.")))
        and not (unmade and (unread or not name.startswith("data.")))
    ]
    if binding:
        listed = "; ".join(f"{name} was {old!r}, now {new!r}" for name, old, new in binding)
        raise RunError(
            f"{out}: this folder holds a run with another config: {listed}. Give another --out, or "
            f"the config that the run was started with ({out / Files.MANIFEST} has it)."
        )
    manifest["config"] = tree
    # Where nothing could be measured, other models or another length may do: the stage is made anew.
    again = measured == 0 and any(
        name.startswith(("models.", "divergence."))
        for name, _, _ in differences(determining(before), determining(tree))
    )
    if again:
        manifest["stages"].pop("divergence", None)
        manifest.pop("models", None)
    if manifest["state"] != State.DONE or adds_models or again:
        _reopen(manifest)
    if manifest["schema"] < SCHEMA and not _is_whole(manifest, out):
        _reopen(manifest)
    if manifest["schema"] < SCHEMA and manifest["state"] != State.DONE:
        _upgrade(manifest)
    manifest.pop("error", None)
    return manifest


def _reopen(manifest: dict[str, Any]) -> None:
    """There is something to be made."""
    manifest["state"] = State.RUNNING
    if manifest["schema"] < SCHEMA and "fingerprint" in manifest:
        # People's decisions were stored under it.
        manifest.setdefault("formerly", []).append(manifest["fingerprint"])
    manifest.pop("fingerprint", None)


def _is_whole(manifest: Mapping[str, Any], out: Path) -> bool:
    """Whether a finished run of schema 1 has the files that it had: its fingerprint is their hash."""
    if "fingerprint" not in manifest:
        return True
    return bool(first_fingerprint(manifest, out) == manifest["fingerprint"])


def _upgrade(manifest: dict[str, Any]) -> None:
    """Begin anew in the folder of a run that an earlier version made and that is not finished.

    Its stages have other keys than ours, so nothing would be taken over anyway.
    """
    kept = ("config", "state", "data", "n_samples", "user_columns", "formerly")
    old = {name: manifest[name] for name in kept if name in manifest}
    manifest.clear()
    manifest.update(
        {"schema": SCHEMA, "version": __version__, "versions": _library_versions()}
        | old
        | {"stages": {}, "files": {}}
    )


def differences(old: Any, new: Any, where: str = "") -> list[tuple[str, Any, Any]]:
    """Dotted name, old and new value of every field in which two config trees differ."""
    if isinstance(old, dict) and isinstance(new, dict):
        return [
            found
            for key in dict.fromkeys((*old, *new))
            for found in differences(old.get(key), new.get(key), f"{where}.{key}" if where else key)
        ]
    return [] if old == new else [(where, old, new)]


def _library_versions() -> dict[str, str]:
    versions = {name: importlib.metadata.version(name) for name in _LIBRARIES}
    return {"python": platform.python_version(), **versions}
