"""What a reader of a run has to know: what was not read, not measured, cut, guessed or switched off.

A stage that leaves something out says so with a :class:`Notice`. The pipeline keeps them in the
manifest, stage by stage; the command line prints them, Overview and the report show them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """How much a notice changes what the numbers mean."""

    INFO = "info"  # good to know; the numbers mean what they say
    WARNING = "warning"  # read the numbers with this in mind, or act on it


@dataclass(frozen=True)
class Notice:
    """One thing that a stage left out, cut, guessed or switched off, in plain words."""

    code: str  # for programs, stable: "encoder-cut"
    text: str  # one or two sentences: what, how many of how many, what to do
    severity: Severity = Severity.WARNING
    count: int | None = None  # samples (or whatever the text counts) concerned …
    total: int | None = None  # … of so many

    def to_tree(self) -> dict[str, Any]:
        """As the manifest has it."""
        return asdict(self) | {"severity": str(self.severity)}

    @classmethod
    def of_tree(cls, tree: Mapping[str, Any]) -> Notice:
        """Out of the manifest."""
        return cls(
            code=str(tree["code"]),
            text=str(tree["text"]),
            severity=Severity(tree.get("severity", Severity.WARNING)),
            count=tree.get("count"),
            total=tree.get("total"),
        )
