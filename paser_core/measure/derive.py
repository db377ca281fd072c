"""A run made from a finished one: what does not change is taken over, the rest is made again."""

from __future__ import annotations

import shutil
from pathlib import Path

from paser_core.config import RunConfig, to_tree
from paser_core.errors import RunError
from paser_core.runs import Files, Run, State
from paser_core.workspace import paths
from paser_core.workspace.files import disk_errors
from paser_core.workspace.store import Store


def take_over(source: Path, config: RunConfig, out: Path) -> None:
    """Copy what the stages of ``source`` wrote into the new folder ``out``.

    :func:`~paser_core.measure.run_pipeline` then finds every stage whose key is the same under
    ``config`` done, and makes the others again. People's decisions stay where they are.

    Args:
        source: a finished run.
        config: of the new run.
        out: its folder; one that holds a run already is left as it is, to be gone on with.

    Raises:
        RunError: ``source`` is no finished run, or ``out`` cannot be written.
    """
    if paths.exists(out / Files.MANIFEST):
        return
    run = Run.open(source)
    if paths.exists(out) and any(p for p in out.iterdir() if not p.name.startswith(".")):
        raise RunError(
            f"{out}: the folder is not empty and holds no run. Give an empty or a new folder with --out."
        )
    manifest = {k: v for k, v in run.manifest.items() if k not in ("fingerprint", "error")}
    manifest |= {"state": State.RUNNING, "config": to_tree(config)}
    files = {f for stage in manifest["stages"].values() for f in stage["files"]}
    work = out.with_name(f".{out.name}.copy")
    with disk_errors(out):
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        for name in sorted(files):
            shutil.copyfile(source / name, work / name)
        Store(work).write_json(Files.MANIFEST, manifest)
        if paths.exists(out):
            for kept in out.iterdir():  # a lock of somebody who looked
                kept.unlink()
            out.rmdir()
        work.rename(out)
