"""Clusterings from other seeds, found in a process of their own: whoever waits can do other things."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from paser_core.compare.seeds import recluster
from paser_core.engines.side import Bounds, SideJob
from paser_core.runs import Run
from paser_core.selection import Clusters

_BOUNDS = Bounds(niceness=10)  # the work of people who look at something comes first


@dataclass(frozen=True)
class Reclusterings:
    """One clustering for every seed or number of clusters, now or later."""

    seeds: tuple[int, ...]
    started: float  # time.monotonic
    futures: tuple[Future[Clusters], ...]  # in the order of the seeds
    numbers: tuple[int, ...] = ()  # of clusters, one each; empty: that of the run

    @property
    def done(self) -> tuple[Clusters, ...]:
        """Those that are found so far, for the first seeds.

        Raises:
            PaserError: the run cannot be read, or the process has ended before the last one.
        """
        return tuple(later.result() for later in self.futures if later.done())

    @property
    def ended(self) -> bool:
        """Whether nothing is to come any more: all are found, or the process has failed."""
        return all(later.done() for later in self.futures)

    def seconds_left(self) -> float | None:
        """By the time that the first seeds took; None before one is found."""
        done = sum(later.done() and later.exception() is None for later in self.futures)
        if not done:
            return None
        return (time.monotonic() - self.started) / done * (len(self.futures) - done)


def recluster_beside(path: Path, seeds: Sequence[int]) -> Reclusterings:
    """:func:`recluster` the run at ``path`` with every seed, in a process that works on the side."""
    calls = [(path.resolve(), seed) for seed in seeds]
    job = SideJob(_recluster, calls, "Clustering again", "Measure again.", _BOUNDS)
    return Reclusterings(tuple(seeds), time.monotonic(), job.results)


def recluster_numbers_beside(path: Path, seed: int, numbers: Sequence[int]) -> Reclusterings:
    """The same with every number of clusters, from one seed."""
    calls = [(path.resolve(), seed, k) for k in numbers]
    job = SideJob(_recluster, calls, "Clustering again", "Measure again.", _BOUNDS)
    return Reclusterings((seed,) * len(calls), time.monotonic(), job.results, tuple(numbers))


def _recluster(path: Path, seed: int, n_clusters: int | None = None) -> Clusters:
    return recluster(Run.open(path), seed, n_clusters)
