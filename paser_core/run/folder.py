"""Reading a run: memory-mapped arrays, tables on demand. Imports no model library."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from paser_core import paths
from paser_core.concepts import ConceptTable
from paser_core.config import DataConfig, RunConfig, parse_config, to_tree
from paser_core.divergence.nodes import interpolate
from paser_core.errors import RunError
from paser_core.mixture import find_places
from paser_core.notices import Notice
from paser_core.problems import Reason, reasons
from paser_core.records.conversations import Conversation
from paser_core.run.counts import Counts
from paser_core.run.entries import Sample, Spectrum, TokenDivergence
from paser_core.run.files import map_array, open_table, read_arrays, read_table
from paser_core.run.originals import Originals
from paser_core.run.schema import Files, State, check_manifest
from paser_core.run.vocabulary import unpack_concepts


class Run:
    """A finished run. Nothing here changes it; what is read is read on first use and kept."""

    def __init__(self, path: Path, manifest: dict[str, Any]) -> None:
        self.path = path
        self.manifest = manifest

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a finished run folder.

        Raises:
            RunError: there is no run, or it is not finished.
            SchemaError: it was written with another schema.
        """
        manifest = read_manifest(path)
        state = manifest.get("state")
        if state != State.DONE:
            raise RunError(
                f"{path}: this run is not finished (state: {state}). Start `paser run` with the same "
                "config and --out again; it resumes where it stopped."
            )
        missing = [f for f in _expected(manifest) if not paths.exists(path / f)]
        if missing:
            raise RunError(
                f"{path}: the run folder is incomplete; {', '.join(missing)} is missing. Copy the "
                "whole folder, or make the run again."
            )
        return cls(path, manifest)

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.path.resolve().name

    @property
    def fingerprint(self) -> str:
        """sha256 over the content: equal runs are equal."""
        return str(self.manifest["fingerprint"])

    @property
    def data(self) -> dict[str, str]:
        """What the samples were read from: sha256, and how it was read where that was said (columns,
        split). The same id stands for the same sample where this is equal."""
        told, usual = to_tree(self.config.data), to_tree(DataConfig())
        read = {
            name: json.dumps(told[name])
            for name in ("fields", "split", "name")
            if told[name] != usual[name]
        }
        return {"sha256": str(self.manifest["data"]["sha256"]), **read}

    @cached_property
    def config(self) -> RunConfig:
        """The config as applied."""
        return parse_config(self.manifest["config"])

    @property
    def has_models(self) -> bool:
        """Whether the divergence was measured."""
        return bool(self.manifest.get("models"))

    @cached_property
    def notices(self) -> tuple[Notice, ...]:
        """What the stages have to say about this run, in the order of the stages."""
        stages: Mapping[str, Any] = self.manifest.get("notices", {})
        return tuple(Notice.of_tree(tree) for trees in stages.values() for tree in trees)

    @cached_property
    def samples(self) -> pd.DataFrame:
        """One row per sample in data-set order."""
        return read_table(self.path / Files.SAMPLES)

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """``(n,)`` the samples' ids, in data-set order."""
        return tuple(map(str, self._columns("id")["id"]))

    @property
    def n(self) -> int:
        """Samples, invalid ones included."""
        return int(self.manifest["n_samples"])

    @property
    def user_columns(self) -> tuple[str, ...]:
        """The user's own columns."""
        return tuple(self.manifest["user_columns"])

    @cached_property
    def clusters(self) -> pd.DataFrame:
        """One row per cluster: size, name, keywords, exemplars, CDS with interval (at T = 1)."""
        return read_table(self.path / Files.CLUSTERS)

    @property
    def n_clusters(self) -> int:
        """K."""
        return len(self.clusters)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Automatic cluster names."""
        return tuple(self.clusters["name"])

    @cached_property
    def labels(self) -> NDArray[np.int32]:
        """``(n,)`` cluster numbers, -1 for invalid rows."""
        return self._columns("cluster")["cluster"].to_numpy(np.int32)

    @cached_property
    def problems(self) -> tuple[str | None, ...]:
        """``(n,)`` why a row is invalid."""
        column = self._columns("problem")["problem"]
        return tuple(p if isinstance(p, str) else None for p in column)

    @cached_property
    def valid(self) -> NDArray[np.bool_]:
        """``(n,)`` rows without a problem."""
        return np.array([p is None for p in self.problems], bool)

    @cached_property
    def tokens(self) -> NDArray[np.int64]:
        """``(n,)`` prompt + response tokens; 0 where no model read the row."""
        columns = self._columns("prompt_tokens", "response_tokens")
        counts: NDArray[np.int64] = columns.fillna(0).to_numpy(np.int64).sum(axis=1)
        return counts

    @cached_property
    def truncated(self) -> NDArray[np.bool_]:
        """``(n,)`` samples longer than ``divergence.max_length``: their response lost its end."""
        if not self.has_models:
            return np.zeros(self.n, bool)
        return read_table(self.path / Files.TOKENS, ["truncated"])["truncated"].to_numpy(bool)

    @cached_property
    def counts(self) -> Counts:
        """How many rows were read, invalid, measured and cut; from the tables, whatever made them."""
        divergence = self._columns("divergence")["divergence"].to_numpy(np.float64, na_value=np.nan)
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
        values = self.samples.iloc[row]
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
        if Files.ORIGINALS not in _expected(self.manifest):
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
        arrays = read_arrays(self.path / Files.MANIFOLD)
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
        arrays = read_arrays(self.path / Files.MANIFOLD)
        return Spectrum(arrays["eigenvalues"], float(arrays["time"]))

    @cached_property
    def memberships(self) -> NDArray[np.float32]:
        """``(n, K)`` memberships in every cluster, rows sum to 1; NaN for rows in no cluster."""
        full = np.full((self.n, self.n_clusters), np.nan, np.float32)
        full[self.labels >= 0] = self._clustering["memberships"]
        return full

    @cached_property
    def nodes(self) -> NDArray[np.float64]:
        """``(m,)`` temperatures at which the divergence is stored."""
        return np.array(self.manifest["temperatures"], np.float64)

    @cached_property
    def node_divergence(self) -> NDArray[np.float32]:
        """``(n, m)`` divergence at the nodes, memory-mapped."""
        return map_array(self.path / Files.DIVERGENCE)

    def divergence_at(self, temperature: float) -> NDArray[np.float64]:
        """``(n,)`` divergence at any temperature in [0.25, 4]; NaN where it was not measured."""
        if not self.has_models:
            return np.full(self.n, np.nan)
        return interpolate(self.node_divergence, self.nodes, temperature)

    @cached_property
    def concepts(self) -> ConceptTable:
        """Ranked candidate phrases of every sample, before the knobs."""
        return unpack_concepts(read_arrays(self.path / Files.CONCEPTS))

    @cached_property
    def errors_per_k(self) -> dict[int, float]:
        """Relative Frobenius error of the factorisation for every K tried."""
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
    def embeddings(self) -> NDArray[np.float32]:
        """``(n, d)`` unit rows (zero for invalid rows), memory-mapped."""
        return map_array(self.path / Files.EMBEDDINGS)

    def token_divergence(self, row: int) -> TokenDivergence | None:
        """Response tokens of one sample with their divergence; None without models."""
        if not self.has_models:
            return None
        entry = self._token_table.slice(row, 1).to_pylist()[0]
        bits = np.array(entry["divergence"], np.float32)
        return TokenDivergence(tuple(entry["tokens"]), bits, entry["truncated"])

    @cached_property
    def _token_table(self) -> Any:
        return open_table(self.path / Files.TOKENS, ("tokens", "divergence", "truncated"))

    @cached_property
    def _clustering(self) -> dict[str, NDArray[Any]]:
        return read_arrays(self.path / Files.CLUSTERING)

    def _per_k(self, name: str) -> dict[int, float]:
        arrays = self._clustering
        return dict(zip(arrays["k"].tolist(), arrays[name].tolist(), strict=True))

    def _columns(self, *names: str) -> pd.DataFrame:
        """A few columns, without reading the texts for them."""
        if "samples" in self.__dict__:
            return self.samples.loc[:, list(names)]
        return read_table(self.path / Files.SAMPLES, names)


def read_manifest(path: Path) -> dict[str, Any]:
    """The manifest of a run folder in any state.

    Raises:
        RunError: the folder or its manifest does not exist or is not JSON.
        SchemaError: it was written with another schema.
    """
    file = path / Files.MANIFEST
    if not paths.is_file(file):
        inside = [p.name for p in discover(path)] if paths.is_folder(path) else []
        hint = (
            f"It contains runs, though: {', '.join(inside[:5])}."
            if inside
            else "Make one with: paser run CONFIG --out RUN"
        )
        raise RunError(f"{path}: this is not a run folder (it has no manifest.json). {hint}")
    try:
        manifest = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RunError(f"{file}: the manifest cannot be read ({error}).") from error
    if not isinstance(manifest, dict):
        raise RunError(f"{file}: the manifest is not a JSON object.")
    check_manifest(manifest, str(path))
    return manifest


def discover(folder: Path) -> list[Path]:
    """The run folders at or directly below ``folder``, by name."""
    if paths.is_file(folder / Files.MANIFEST):
        return [folder]
    if not paths.is_folder(folder):
        return []
    return [p for p in paths.entries(folder) if paths.is_file(p / Files.MANIFEST)]


def place_for_new(given: Sequence[Path], started_in: Path) -> Path:
    """Where new runs go: the first place given that is a folder and not itself a run, else ``./runs``.

    A place that does not exist yet is a folder to be.
    """
    folders = (p for p in given if not paths.is_file(p) and not paths.is_file(p / Files.MANIFEST))
    return next(folders, started_in / "runs")


def _expected(manifest: dict[str, Any]) -> list[str]:
    return [f for stage in manifest["stages"].values() for f in stage["files"]]
