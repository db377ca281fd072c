"""A run that begins with what another one has: keys decide what of it is made again."""

from __future__ import annotations

import shutil
from pathlib import Path

from paser_core.runs import Files, Run
from paser_core.runs.folder import expected_files
from paser_core.workspace import paths
from paser_core.workspace.files import disk_errors
from paser_core.workspace.staging import Staging, publish, recover


def take_over(source: Path, out: Path) -> None:
    """Copy the finished run ``source`` to ``out``, in one step; people's decisions stay behind.

    Where ``out`` holds something already, nothing is copied: the run there is gone on with.

    Raises:
        RunError: ``source`` is no finished run, or ``out`` cannot be written.
    """
    out = out.resolve()  # "." has no name
    recover(out)
    if any(not path.name.startswith(".") for path in paths.entries(out)):
        return
    run = Run.open(source)
    with disk_errors(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        with Staging.beside(out) as staging:
            staging.new.mkdir()
            for name in [*expected_files(run.manifest), Files.MANIFEST]:
                shutil.copyfile(source / name, staging.new / name)
            publish(staging, out)
