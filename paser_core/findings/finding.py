"""What a finding is: a sentence or two whose clusters can be told apart from its words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Topic(StrEnum):
    """What a finding is about; lists are in this order."""

    DAMAGE = "damage"  # who is hurt most and least, and how sure that is
    BUDGET = "budget"  # what the selection buys
    DOUBT = "doubt"  # what to know before one relies on it
    NEXT = "next"  # what to do


@dataclass(frozen=True)
class Named:
    """A cluster that a sentence names: a page links it, and its name keeps a direction of its own."""

    cluster: int
    name: str

    def __str__(self) -> str:
        return f"“{self.name}”"


@dataclass(frozen=True)
class Finding:
    """One finding."""

    topic: Topic
    parts: tuple[str | Named, ...]  # of its text, in order
    warning: bool = False  # it changes what the numbers mean, or asks for an act

    @property
    def text(self) -> str:
        """Plain text."""
        return "".join(map(str, self.parts))

    @property
    def clusters(self) -> tuple[int, ...]:
        """The clusters that it names, by number."""
        return tuple(part.cluster for part in self.parts if isinstance(part, Named))
