"""Which edits of a database are about a run: decisions follow samples, names follow clusters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self

from paser_core.review.model import Subject


class Reviewed(Protocol):
    """What a review has to know of a run."""

    @property
    def path(self) -> Path:
        """Its folder."""

    @property
    def fingerprint(self) -> str:
        """Of the run."""

    @property
    def samples_print(self) -> str:
        """Of its ids and texts."""

    @property
    def clusters_print(self) -> str:
        """Of what determines its clusters."""

    @property
    def ids(self) -> Sequence[str]:
        """Of its samples."""

    @property
    def formerly(self) -> tuple[str, ...]:
        """The fingerprints that the folder had."""


@dataclass(frozen=True)
class Scope:
    """The marks under which edits are stored: the first of each kind for new ones."""

    samples: tuple[str, ...]  # decisions and notes on samples
    clusters: tuple[str, ...]  # names of clusters, and notes on them

    @classmethod
    def of(cls, run: Reviewed) -> Self:
        """The edits that are about a run.

        What people decide on a sample belongs to its id and text, so it holds wherever these are the
        same; a name belongs to the clusters of one clustering. Earlier versions stored both under the
        fingerprint of the run.
        """
        return cls((run.samples_print, *run.formerly), (run.clusters_print, run.fingerprint))

    @classmethod
    def single(cls, mark: str) -> Self:
        """Everything under one mark."""
        return cls((mark,), (mark,))

    def mark(self, subject: Subject) -> str:
        """The mark for a new edit."""
        return self.clusters[0] if isinstance(subject, int) else self.samples[0]
