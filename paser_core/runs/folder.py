"""Reading a run: arrays and tables on demand. Imports no model library."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from paser_core.config import ScoresConfig
from paser_core.errors import ConfigError, RunError, SchemaError
from paser_core.problems import Reason, reasons
from paser_core.records.conversations import Conversation
from paser_core.runs.counts import Counts
from paser_core.runs.described import Described
from paser_core.runs.entries import Sample, Spectrum, TokenDivergence
from paser_core.runs.manifest import AGAIN, read_manifest
from paser_core.runs.originals import Originals
from paser_core.runs.schema import Files
from paser_core.runs.scores import Scores, read_scores
from paser_core.runs.vocabulary import unpack_concepts
from paser_core.stages.concepts import ConceptTable
from paser_core.stages.divergence.nodes import interpolate, temperature_nodes
from paser_core.stages.places import find_places
from paser_core.workspace.checkpoints import State


class Run(Described):
    """A finished run. Nothing here changes it; what is read is read on first use and kept."""

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a finished run folder.

        Raises:
            RunError: there is no run, it is not finished, or a file is missing or of another size
                or shape than the manifest says.
            SchemaError: it was written with another schema, or the manifest is not what that says.
        """
        manifest = read_manifest(path)
        state = manifest.get("state")
        if state != State.DONE:
            raise RunError(
                f"{path}: this run is not finished (state: {state}). Start `paser run` with the same "
                "config and --out again; it resumes where it stopped."
            )
        run = cls(path, manifest)
        run.check()
        return run

    def check(self) -> None:
        """Compare manifest and headers of all files: fast, whatever the size of the run.

        Raises:
            RunError: a file is missing, or of another size or shape than the manifest says.
            SchemaError: the config or the temperatures are not those of a run.
        """
        try:
            nodes = temperature_nodes(self.config.divergence.nodes)
        except ConfigError as error:
            raise SchemaError(
                f"{self.path}: the config in the manifest cannot be used ({error}) {AGAIN}"
            ) from error
        if self.has_models and not (
            len(nodes) == len(self.nodes) and np.allclose(nodes, self.nodes, rtol=1e-9)
        ):
            raise SchemaError(
                f"{self.path}: temperatures in the manifest has {len(self.nodes)} numbers which are "
                f"not the {len(nodes)} that divergence.nodes = {len(nodes)} gives. {AGAIN}"
            )
        self.files.check_all(expected_files(self.manifest))
        unknown = [c for c in self.user_columns if c not in self.files.columns(Files.SAMPLES)]
        if unknown:
            raise SchemaError(
                f"{self.path}: user_columns in the manifest has {unknown[0]!r}, which is no column "
                f"of {Files.SAMPLES}. {AGAIN}"
            )

    def check_content(self) -> None:
        """Read every file whole, and compare it with what was written.

        Raises:
            RunError: a file is damaged.
        """
        with ThreadPoolExecutor(2) as pool:  # hashing beside unpacking; more would only take memory
            list(pool.map(self.files.check_content, expected_files(self.manifest)))

    @cached_property
    def clusters(self) -> pd.DataFrame:
        """One row per cluster: size, name, keywords, exemplars, CDS with interval (at T = 1)."""
        return self.files.table(Files.CLUSTERS)

    @property
    def n_clusters(self) -> int:
        """K."""
        return len(self.clusters)

    @property
    def n_found(self) -> int:
        """Clusters that the clustering found, before people put some right."""
        return self.n_clusters

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Automatic cluster names."""
        return tuple(self.clusters["name"])

    @cached_property
    def labels(self) -> NDArray[np.int32]:
        """``(n,)`` cluster numbers, -1 for invalid rows."""
        return self.columns("cluster")["cluster"].to_numpy(np.int32)

    @cached_property
    def problems(self) -> tuple[str | None, ...]:
        """``(n,)`` why a row is invalid."""
        return tuple(self.files.open_table(Files.SAMPLES, ["problem"])["problem"].to_pylist())

    @cached_property
    def valid(self) -> NDArray[np.bool_]:
        """``(n,)`` rows without a problem."""
        return np.array([p is None for p in self.problems], bool)

    @cached_property
    def tokens(self) -> NDArray[np.int64]:
        """``(n,)`` prompt + response tokens; 0 where no model read the row."""
        columns = self.columns("prompt_tokens", "response_tokens")
        counts: NDArray[np.int64] = columns.fillna(0).to_numpy(np.int64).sum(axis=1)
        return counts

    @cached_property
    def truncated(self) -> NDArray[np.bool_]:
        """``(n,)`` samples longer than ``divergence.max_length``: their response lost its end."""
        if not self.has_models:
            return np.zeros(self.n, bool)
        return self.files.table(Files.TOKENS, ["truncated"])["truncated"].to_numpy(bool)

    @cached_property
    def counts(self) -> Counts:
        """How many rows were read, invalid, measured and cut; from the tables, whatever made them."""
        divergence = self.columns("divergence")["divergence"].to_numpy(np.float64, na_value=np.nan)
        return Counts.of(
            self.labels,
            self.valid,
            divergence if self.has_models else None,
            self.truncated,
            self.n_clusters,
        )

    @cached_property
    def reasons(self) -> tuple[Reason, ...]:
        """Why rows are invalid or were not measured, the most frequent reason first."""
        return reasons(self.problems)

    def sample(self, row: int) -> Sample:
        """One sample by row number."""
        columns = ("id", "instruction", "input", "output", "membership", *self.user_columns)
        values = self.taken([row], *columns).iloc[0]
        problem = self.problems[row]
        return Sample(
            row=row,
            id=str(values["id"]),
            instruction=str(values["instruction"]),
            input=str(values["input"]),
            output=str(values["output"]),
            cluster=int(self.labels[row]),
            membership=float(values["membership"]),
            tokens=int(self.tokens[row]),
            problem=problem,
            user={column: values[column] for column in self.user_columns},
        )

    @cached_property
    def originals(self) -> Originals | None:
        """The user's rows as they came; None in a run of a version that did not keep them."""
        if Files.ORIGINALS not in expected_files(self.manifest):
            return None
        return Originals(self.path / Files.ORIGINALS)

    def original(self, row: int) -> Any:
        """The user's row as it came, out of its JSON; None where it was not kept."""
        return None if self.originals is None else self.originals.row(row)

    def conversation(self, row: int) -> Conversation | None:
        """The conversation of a sample; None where it was not kept, or the row is invalid."""
        return None if self.originals is None else self.originals.conversation(row)

    @cached_property
    def coordinates(self) -> NDArray[np.float64]:
        """``(n, r)`` manifold coordinates; NaN for rows that are not on the manifold."""
        arrays = self.files.arrays(Files.MANIFOLD)
        full = np.full((self.n, arrays["coordinates"].shape[1]), np.nan)
        full[arrays["rows"]] = arrays["coordinates"]
        return full

    @cached_property
    def places(self) -> NDArray[np.int16]:
        """``(n,)`` place within the own cluster, 0 for the largest; -1 for rows in no cluster."""
        full = np.full(self.n, -1, np.int16)
        inside = self.labels >= 0
        stored = self._clustering.get("places")
        if stored is None:  # made before places were stored
            stored = find_places(self.coordinates[inside], self.labels[inside])
        full[inside] = stored
        return full

    @cached_property
    def spectrum(self) -> Spectrum:
        """Eigenvalues behind the coordinates, and the diffusion time."""
        arrays = self.files.arrays(Files.MANIFOLD)
        return Spectrum(arrays["eigenvalues"], float(arrays["time"]))

    @cached_property
    def membership(self) -> NDArray[np.float64]:
        """``(n,)`` membership of each sample in its own cluster; NaN for rows in no cluster."""
        return self.columns("membership")["membership"].to_numpy(np.float64)

    @cached_property
    def memberships(self) -> NDArray[np.float32]:
        """``(n, K)`` memberships in every cluster, rows sum to 1; NaN for rows in no cluster."""
        full = np.full((self.n, self.n_clusters), np.nan, np.float32)
        full[self.labels >= 0] = self._clustered("memberships")
        return full

    @property
    def stored_labels(self) -> NDArray[np.int32]:
        """``(v,)`` the labels of the rows on the manifold, as the clustering wrote them."""
        return self._clustered("labels").astype(np.int32)

    def _clustered(self, name: str) -> NDArray[Any]:
        """An array of the clustering with a row for every sample that has a cluster."""
        values, rows = self._clustering[name], int((self.labels >= 0).sum())
        if len(values) != rows:
            raise RunError(
                f"{self.path}: {Files.CLUSTERING} has {len(values):,} rows, and {rows:,} samples in "
                f"{Files.SAMPLES} have a cluster. {AGAIN}"
            )
        return values

    @cached_property
    def node_divergence(self) -> NDArray[np.float32]:
        """``(n, m)`` divergence at the nodes."""
        return self.files.array(Files.DIVERGENCE)

    def divergence_at(self, temperature: float) -> NDArray[np.float64]:
        """``(n,)`` divergence at any temperature in [0.25, 4]; NaN where it was not measured."""
        if not self.has_models:
            return np.full(self.n, np.nan)
        return interpolate(self.node_divergence, self.nodes, temperature)

    def scores(self, name: str, config: ScoresConfig | None = None) -> Scores:
        """The scores that a model was run for after the run, beside it.

        Args:
            name: which: ``ifd``, ``nuggets``, …
            config: how they were made; None: as the run's config says.

        Raises:
            ScoresError: they are not made yet; the message has the command.
            SelectionError: the run has no models.
        """
        return read_scores(self, name, self.config.scores if config is None else config)

    @cached_property
    def concepts(self) -> ConceptTable:
        """Ranked candidate phrases of every sample, before the knobs."""
        return unpack_concepts(self.files.arrays(Files.CONCEPTS))

    @cached_property
    def errors_per_k(self) -> dict[int, float]:
        """Relative Frobenius error of the factorization for every K tried."""
        return self._per_k("errors")

    @cached_property
    def scores_per_k(self) -> dict[int, float]:
        """Value of the criterion for every K tried; NaN where it was not needed."""
        return self._per_k("scores")

    @cached_property
    def reason_for_k(self) -> str:
        """One sentence why there are this many clusters."""
        return str(self._clustering["reason"])

    @cached_property
    def stability(self) -> float | None:
        """Adjusted Rand index with halves clustered again; None where it was not measured."""
        value = float(self._clustering.get("stability", np.nan))
        return None if np.isnan(value) else value

    @cached_property
    def stability_per_cluster(self) -> NDArray[np.float64]:
        """``(K,)`` Jaccard index with the cluster most alike in a half; NaN: not measured."""
        kept = self._clustering.get("stability_per_cluster")
        return np.full(self.n_clusters, np.nan) if kept is None else kept

    @cached_property
    def embeddings(self) -> NDArray[np.float32]:
        """``(n, d)`` unit rows (zero for invalid rows)."""
        return self.files.array(Files.EMBEDDINGS)

    def token_divergence(self, row: int) -> TokenDivergence | None:
        """Response tokens of one sample with their divergence; None without models."""
        if not self.has_models:
            return None
        columns = ("tokens", "divergence", "truncated")
        entry = self.files.rows(Files.TOKENS, columns, np.array([row])).to_pylist()[0]
        bits = np.array(entry["divergence"], np.float32)
        return TokenDivergence(tuple(entry["tokens"]), bits, entry["truncated"])

    @cached_property
    def _clustering(self) -> dict[str, NDArray[Any]]:
        return self.files.arrays(Files.CLUSTERING)

    def _per_k(self, name: str) -> dict[int, float]:
        arrays = self._clustering
        return dict(zip(arrays["k"].tolist(), arrays[name].tolist(), strict=True))


def expected_files(manifest: Mapping[str, Any]) -> list[str]:
    """The files that the finished stages have written."""
    return [f for stage in manifest["stages"].values() for f in stage["files"]]
