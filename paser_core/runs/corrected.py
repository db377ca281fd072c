"""A run whose clusters people have put right: the same files, other clusters.

Everything that reads clusters (damage, budget, map, report, export) reads them of this object. Numbers
stay what they are: a cluster that was merged away is there and empty, new ones follow after the last.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property
from hashlib import sha256

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from paser_core.errors import RunError
from paser_core.notices import Notice
from paser_core.review import Correction
from paser_core.runs.folder import Run
from paser_core.stages.naming import centrality, describe_clusters
from paser_core.stages.places import find_places
from paser_core.stages.scoring import cluster_scores

_COLUMNS = ("cluster", "membership")
_OF_FOUND = "This is about the clusters as the run found them, before people put some right."


class CorrectedRun(Run):
    """A finished run in other clusters."""

    raw: Run  # as it was made
    corrections: tuple[Correction, ...]

    @classmethod
    def of(cls, raw: Run, corrections: tuple[Correction, ...]) -> CorrectedRun:
        """Put the clusters of a run right."""
        run = cls(raw.path, raw.manifest)
        run.raw, run.corrections = raw, corrections
        return run

    @property
    def n_clusters(self) -> int:
        """K: empty ones included."""
        return max([self.raw.n_clusters, *(c.into + 1 for c in self.corrections)])

    @property
    def n_found(self) -> int:
        """Clusters that the clustering found."""
        return self.raw.n_found

    @cached_property
    def content(self) -> str:
        """Another one than that of the run: what is remembered of it must not be mixed up."""
        told = repr((self.raw.content, self.corrections))
        return sha256(told.encode()).hexdigest()

    @cached_property
    def _moved(self) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """``(n,)`` clusters and ``(n, K)`` memberships."""
        labels = self.raw.labels.copy()
        memberships = np.full((self.n, self.n_clusters), np.nan, np.float32)
        inside = labels >= 0
        memberships[inside] = 0
        memberships[:, : self.raw.n_clusters] = self.raw.memberships
        for correction in self.corrections:
            if correction.cluster is not None:
                labels[labels == correction.cluster] = correction.into
                memberships[:, correction.into] += memberships[:, correction.cluster]
                memberships[inside, correction.cluster] = 0
                continue
            rows = _rows(self.raw, correction.samples)
            labels[rows] = correction.into
            memberships[rows] = 0
            memberships[rows, correction.into] = 1  # a person is sure
        return labels, memberships

    @cached_property
    def labels(self) -> NDArray[np.int32]:
        """``(n,)`` cluster numbers, -1 for invalid rows."""
        return self._moved[0]

    @cached_property
    def memberships(self) -> NDArray[np.float32]:
        """``(n, K)`` memberships in every cluster. Those of merged clusters are added."""
        return self._moved[1]

    @cached_property
    def membership(self) -> NDArray[np.float64]:
        """``(n,)`` membership of each sample in its own cluster; NaN for rows in no cluster."""
        own = np.full(self.n, np.nan)
        rows = np.flatnonzero(self.labels >= 0)
        own[rows] = self.memberships[rows, self.labels[rows]]
        return own

    @cached_property
    def touched(self) -> frozenset[int]:
        """Clusters that have other samples than the run gave them."""
        other = self.labels != self.raw.labels
        return frozenset(self.labels[other].tolist()) | frozenset(self.raw.labels[other].tolist())

    @cached_property
    def places(self) -> NDArray[np.int16]:
        """``(n,)`` place within the own cluster, looked for again; -1 for rows in no cluster."""
        full = np.full(self.n, -1, np.int16)
        inside = self.labels >= 0
        full[inside] = find_places(self.coordinates[inside], self.labels[inside])
        return full

    @property
    def _changed(self) -> list[int]:
        return sorted(self.touched | set(range(self.raw.n_clusters, self.n_clusters)))

    @cached_property
    def stability_per_cluster(self) -> NDArray[np.float64]:
        """``(K,)`` as measured; NaN for clusters that were not those."""
        kept = np.full(self.n_clusters, np.nan)
        kept[: self.raw.n_clusters] = self.raw.stability_per_cluster
        kept[list(self.touched)] = np.nan
        return kept

    @cached_property
    def samples(self) -> pd.DataFrame:
        """One row per sample in data-set order."""
        return self.raw.samples.assign(cluster=self.labels, membership=self.membership)

    def columns(self, *names: str) -> pd.DataFrame:
        """A few columns of all samples."""
        frame = self.raw.columns(*_with_id(names))
        return self._with_clusters(frame, np.arange(self.n)).loc[:, list(names)]

    def taken(self, rows: Iterable[int], *columns: str) -> pd.DataFrame:
        """A few columns of some rows, in the order given."""
        numbers = np.fromiter(rows, np.int64)
        frame = self.raw.taken(numbers, *_with_id(columns))
        return self._with_clusters(frame, numbers).loc[:, list(columns)]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Automatic names; of new clusters what their makers called them."""
        return tuple(self._names(list(self.raw.names)))

    @cached_property
    def notices(self) -> tuple[Notice, ...]:
        """What the stages have to say; where it is about clusters, about those that they found."""
        return tuple(
            replace(notice, text=f"{notice.text} {_OF_FOUND}")
            if notice.code.startswith("cluster")
            else notice
            for notice in self.raw.notices
        )

    @cached_property
    def clusters(self) -> pd.DataFrame:
        """One row per cluster; of those that were touched all but the name is found out again."""
        raw = self.raw.clusters
        frame = raw.reindex(range(self.n_clusters))
        frame["cluster"] = np.arange(self.n_clusters)
        frame["name"] = list(self.names)
        frame["size"] = np.bincount(self.labels[self.labels >= 0], minlength=self.n_clusters)
        divergence = self.divergence_at(1.0)
        scores = cluster_scores(
            divergence, self.labels, self.n_clusters, self.valid, self.config.seed
        )
        changed = self._changed
        for name, values in (
            ("cds", scores.cds),
            ("cds_low", scores.low),
            ("cds_high", scores.high),
            ("measured", scores.sizes.astype(np.float64)),
        ):
            if name in frame:
                frame.loc[changed, name] = values[changed]
        told = self._described(divergence if self.has_models else None)
        for name, cells in told.items():
            column = frame[name].tolist()
            for cluster, cell in cells.items():
                column[cluster] = cell
            frame[name] = pd.Series(column, dtype=object)
        return frame

    def _names(self, names: list[str]) -> list[str]:
        """Automatic names: those of the run, the new ones as their makers called them."""
        made = {c.into: c.name for c in self.corrections if c.name}
        new = range(len(names), self.n_clusters)
        known = [*names, *(made.get(k, f"Undone cluster {k}") for k in new)]
        for correction in self.corrections:
            if correction.cluster is not None:
                known[correction.cluster] += f" (merged into {correction.into})"
        return known

    def _described(
        self, divergence: NDArray[np.float64] | None
    ) -> dict[str, dict[int, NDArray[np.object_]]]:
        """Keywords, exemplars and most damaged samples of the clusters that were touched."""
        columns: dict[str, dict[int, NDArray[np.object_]]] = {
            "keywords": {}, "exemplars": {}, "damaged": {}
        }  # fmt: skip
        if not self._changed:
            return columns
        rows = np.flatnonzero(self.labels >= 0)
        asked = self.raw.taken(rows, "instruction", "input")
        texts = [" ".join(filter(None, pair)) for pair in zip(*map(asked.get, asked), strict=True)]
        labels = self.labels[rows]
        described = describe_clusters(
            texts,
            labels,
            centrality(self.coordinates[rows], labels),
            None if divergence is None else divergence[rows],
        )
        ids = np.array(self.ids, object)
        for cluster in self._changed:
            known = described[cluster] if cluster < len(described) else None
            columns["keywords"][cluster] = np.array(known.keywords if known else (), object)
            for name, chosen in (
                ("exemplars", known.central if known else ()),
                ("damaged", known.damaged if known else ()),
            ):
                columns[name][cluster] = ids[rows[list(chosen)]]
        return columns

    def _with_clusters(self, frame: pd.DataFrame, rows: NDArray[np.int64]) -> pd.DataFrame:
        return frame.assign(cluster=self.labels[rows], membership=self.membership[rows])


def corrected(run: Run, corrections: tuple[Correction, ...]) -> Run:
    """The run with these corrections in force; itself where there is none."""
    return CorrectedRun.of(run, corrections) if corrections else run


def _with_id(names: Iterable[str]) -> list[str]:
    """Columns that the files have; at least one, so that there are rows."""
    return [name for name in dict.fromkeys(("id", *names)) if name not in _COLUMNS]


def _rows(run: Run, samples: tuple[str, ...]) -> NDArray[np.int64]:
    """Row numbers of the samples that are moved.

    Raises:
        RunError: the run does not have one of them, or it is in no cluster.
    """
    rows = np.array([run.row_of.get(i, -1) for i in samples], np.int64)
    wrong = (rows < 0) | (run.labels[rows] < 0)
    if wrong.any():
        first = samples[int(np.flatnonzero(wrong)[0])]
        raise RunError(
            f"{run.path}: the sample {first!r} was moved into another cluster, and is in no cluster of "
            "this run. Undo that edit, or take it out of selection.yaml."
        )
    return rows
