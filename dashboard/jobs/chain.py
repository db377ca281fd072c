"""The process of a job: ``paser`` commands, one after another, until one does not end well.

``python -P -m dashboard.jobs.chain FOLDER 0 compress M --out D --then run run.yaml --out R``

Each command is a program of its own in the same process (``exec``): the number of the process, its
log, its lock and who may signal it stay what they were, and the memory of the one before is free.
"""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from dashboard.jobs.folders import JobFiles, Step
from paser_core.workspace.store import Store

_THEN = "--then"


def command(folder: Path, steps: Sequence[Step]) -> list[str]:
    """What starts the process of a job.

    Args:
        folder: the job's, which is told which step is in work.
        steps: the commands, in order.
    """
    words = [word for step in steps for word in (_THEN, *step.arguments)][1:]
    return _program(folder, 0, words)


def _program(folder: Path | str, number: int, words: Sequence[str]) -> list[str]:
    # -P: nothing beside the user's data is ever imported, whatever it is called.
    return [sys.executable, "-P", "-m", "dashboard.jobs.chain", str(folder), str(number), *words]


def main(arguments: Sequence[str]) -> int:
    """Do the first command; the process goes on with the next one when it ends with 0."""
    folder, number, *words = arguments
    end = words.index(_THEN) if _THEN in words else len(words)
    first, rest = words[:end], words[end + 1 :]
    ended: list[int] = []
    if rest:
        # Before anything is imported: what libraries do at the end comes before this.
        atexit.register(_go_on, ended, Path(folder), _program(folder, int(number) + 1, rest))
    Store(Path(folder)).write(JobFiles.STEP, number.encode())
    from paser_core.cli.entry import main as paser

    ended.append(paser(first))
    return ended[0]


def _go_on(ended: list[int], folder: Path, program: list[str]) -> None:
    # Somebody may have asked in the last moment, when the command no longer listened.
    if ended == [0] and not (folder / JobFiles.CANCELLED).exists():
        sys.stdout.flush()
        sys.stderr.flush()
        os.execv(program[0], program)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
