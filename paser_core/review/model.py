"""What an edit is, and what all edits together say about a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, TypeAlias

Subject: TypeAlias = int | str  # a cluster by its number, a sample by its id


class Kind(StrEnum):
    """What a person did."""

    RENAME = "rename"  # a cluster
    FORCE_IN = "force_in"  # a sample
    FORCE_OUT = "force_out"
    RELEASE = "release"  # a cluster or a sample: back to automatic
    NOTE = "note"  # on either
    UNDO = "undo"  # an earlier edit, which may itself be an undo


@dataclass(frozen=True)
class Draft:
    """An edit that is not stored yet."""

    kind: Kind
    subject: Subject
    author: str
    value: str = ""  # the new name, or the text of the note
    reason: str = ""
    undoes: int | None = None  # the id of an earlier edit


@dataclass(frozen=True)
class Edit(Draft):
    """One entry of the log. Never changed, never removed."""

    id: int = field(kw_only=True)  # rises with every edit of a run
    time: datetime = field(kw_only=True)  # UTC


def _nothing() -> Mapping[Any, Any]:
    return MappingProxyType({})


@dataclass(frozen=True)
class ReviewState:
    """What people decided, as of one revision. Whatever is missing is automatic."""

    revision: int = 0  # highest edit id seen; 0: nobody has edited anything
    renames: Mapping[int, Edit] = field(
        default_factory=_nothing
    )  # cluster -> the edit that named it
    decisions: Mapping[str, Edit] = field(
        default_factory=_nothing
    )  # sample id -> force_in or force_out
    notes: Mapping[Subject, tuple[Edit, ...]] = field(default_factory=_nothing)  # oldest first
    undone: frozenset[int] = frozenset()  # ids of the edits that do not count now

    @property
    def names(self) -> dict[int, str]:
        """Names that people gave, by cluster number."""
        return {cluster: edit.value for cluster, edit in self.renames.items()}

    @property
    def forced_in(self) -> tuple[str, ...]:
        """Ids of samples that must enter, in the order of decision."""
        return self._decided(Kind.FORCE_IN)

    @property
    def forced_out(self) -> tuple[str, ...]:
        """Ids of samples that must stay out, in the order of decision."""
        return self._decided(Kind.FORCE_OUT)

    def names_with(self, automatic: Sequence[str]) -> tuple[str, ...]:
        """``(K,)`` names to show: a person's where there is one, else the automatic one."""
        return tuple(
            self.renames[k].value if k in self.renames else name for k, name in enumerate(automatic)
        )

    def _decided(self, kind: Kind) -> tuple[str, ...]:
        return tuple(i for i, edit in self.decisions.items() if edit.kind is kind)
