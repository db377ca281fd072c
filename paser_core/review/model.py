"""What an edit is, and what all edits together say about a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, TypeAlias

# A cluster by its number, a sample by its id, several samples by theirs.
Subject: TypeAlias = int | str | tuple[str, ...]


class Kind(StrEnum):
    """What a person did."""

    RENAME = "rename"  # a cluster
    FORCE_IN = "force_in"  # a sample
    FORCE_OUT = "force_out"
    RELEASE = "release"  # a cluster or a sample: back to automatic
    NOTE = "note"  # on either
    UNDO = "undo"  # an earlier edit, which may itself be an undo
    VERDICT = "verdict"  # on the conflict that rejected a sample
    SEEN = "seen"  # a sample: its author has looked at it
    MERGE = "merge"  # a cluster: into another one
    MOVE = "move"  # samples into a cluster
    SPLIT = "split"  # samples into a new cluster
    VIEW = "view"  # a page of the dashboard as it was narrowed, kept under a name; about no sample


# They decide nothing, so nobody has to have seen them before deciding something.
QUIET = frozenset((Kind.VERDICT, Kind.SEEN, Kind.VIEW))


# They change what the clusters are.
CORRECTIONS = frozenset((Kind.MERGE, Kind.MOVE, Kind.SPLIT))


@dataclass(frozen=True)
class Correction:
    """One change of the clusters: all samples of one, or some samples, go to another one."""

    into: int
    cluster: int | None = None  # all of it
    samples: tuple[str, ...] = ()
    name: str = ""  # of a cluster that is new; else empty


class Verdict(StrEnum):
    """What a person thinks of the conflict that rejected a sample."""

    TRUE = "true"
    FALSE = "false"
    UNSURE = "unsure"


@dataclass(frozen=True)
class SavedView:
    """An address of the dashboard under a name."""

    name: str
    page: str  # path below the root; empty: Overview
    query: str  # without its question mark


@dataclass(frozen=True)
class Clash:
    """A conflict as people judge it: of which sample, over which concepts, with which samples.

    All that determines it, apart from the texts, which the mark of the edits stands for. In another
    setting the same sample may be rejected for another reason, which nobody has judged then.
    """

    sample: str  # id of the rejected one
    concepts: tuple[str, str]
    accepted: tuple[str, str]  # ids of the samples that brought the concepts in


@dataclass(frozen=True)
class Draft:
    """An edit that is not stored yet."""

    kind: Kind
    subject: Subject
    author: str
    value: str = ""  # the new name, the text of the note, or a verdict: see `verdicts`
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
    verdicts: Mapping[Clash, Mapping[str, Edit]] = field(
        default_factory=_nothing
    )  # conflict -> author -> the last verdict
    seen: Mapping[str, frozenset[str]] = field(
        default_factory=_nothing
    )  # author -> ids of the samples that they looked at or judged
    corrections: tuple[Correction, ...] = ()  # of the clusters, in the order they are made in
    correcting: tuple[Edit, ...] = ()  # the edits that they are
    views: Mapping[SavedView, Edit] = field(default_factory=_nothing)  # oldest first
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
