"""``recovery.json``: what was done, with what, what it cost and what came of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paser_core.errors import RecoveryError
from paser_core.text import count, percent, plural, seconds
from paser_core.workspace import paths
from paser_core.workspace.reading import reading

RECOVERY = "recovery.json"
DONE, DIVERGED = "done", "diverged"


class DivergedError(RecoveryError):
    """The training has diverged. It ends the work on a folder and is told as its status."""


@dataclass(frozen=True)
class Recovery:
    """A finished recovery: a folder that is a model, unless the training diverged.

    ``transformers`` loads the folder as any other.
    """

    path: Path
    facts: Mapping[str, Any]  # what recovery.json has

    @classmethod
    def of(cls, folder: Path) -> Recovery:
        """Of a finished folder.

        Raises:
            RecoveryError: there is none.
            RunError: recovery.json is damaged.
        """
        file = folder / RECOVERY
        if not paths.is_file(file):
            raise RecoveryError(
                f"{folder}: there is no finished recovery (no {RECOVERY}). Make one with: paser recover "
                "MODEL --data EXPORT --out DIR"
            )
        with reading(file):
            tree = json.loads(file.read_text(encoding="utf-8"))
            return cls(folder, dict(tree))

    @property
    def status(self) -> str:
        """``done`` or ``diverged``."""
        return str(self.facts["status"])

    @property
    def model(self) -> Path:
        """The folder of the model.

        Raises:
            RecoveryError: the training diverged, so there is none.
        """
        if self.status == DIVERGED:
            raise RecoveryError(f"{self.path}: {self.facts['why']}")
        return self.path

    @property
    def lines(self) -> tuple[str, ...]:
        """What a person is told at the end."""
        facts = self.facts
        if self.status == DIVERGED:
            return (f"{self.path}: {facts['why']}",)
        rows, steps, loss = facts["data"], facts["steps"], facts["loss"]
        phases = ", then ".join(f"{p['steps']:,} of {p['loss']}" for p in steps["phases"])
        said = [
            f"{self.path}: {plural(rows['rows'], 'row')} read, {rows['used']:,} trained on, "
            f"{rows['left_out']:,} left out, {rows['cut']:,} cut; {plural(steps['total'], 'step')} "
            f"({phases}) in {seconds(facts['seconds'])}, {count(facts['tokens']['read'])} tokens read.",
            f"Loss {loss['before']:.4f} before, {loss['after']:.4f} after, on the same "
            f"{plural(loss['checked_on'], 'row')}.",
        ]
        before, after = facts["sparsity"]["before"], facts["sparsity"]["after"]
        if before["zeros"] or after["zeros"]:
            said.append(
                f"Zeros: {_zeros(before)} before, {_zeros(after)} after"
                f"{'' if facts['sparsity']['kept'] else '; they were not kept'}."
            )
        return (*said, *facts["said"])

    def __repr__(self) -> str:
        return "\n".join([f"Recovery {self.status}", *self.lines])


def _zeros(tree: Mapping[str, Any]) -> str:
    """``65 % of 1,475,584 weights in 28 matrices (28 of them 2:4)``."""
    semi = f" ({tree['semi_structured']:,} of them 2:4)" if tree["semi_structured"] else ""
    return (
        f"{percent(tree['zeros'], tree['weights'])} of {tree['weights']:,} weights in "
        f"{plural(tree['matrices'], 'matrix', 'matrices')}{semi}"
    )
