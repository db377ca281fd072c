"""What a run is and was made of, and how it is known again: its manifest and its samples."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from paser_core.config import DataConfig, RunConfig, parse_config, to_tree
from paser_core.notices import Notice
from paser_core.records.texts import BLOCK, each_row
from paser_core.runs.checking import Lengths
from paser_core.runs.files import RunFiles
from paser_core.runs.identity import clusters_print, content_of, samples_print
from paser_core.runs.schema import Files


class Described:
    """A run by its manifest and its samples; what is read is read on first use and kept."""

    def __init__(self, path: Path, manifest: dict[str, Any]) -> None:
        self.path = path
        self.manifest = manifest
        lengths = Lengths({"n": self.n, "m": len(manifest.get("temperatures") or ())})
        self.files = RunFiles(path, manifest.get("files", {}), lengths)

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.path.resolve().name

    @cached_property
    def config(self) -> RunConfig:
        """The config as applied."""
        return parse_config(self.manifest["config"])

    @property
    def has_models(self) -> bool:
        """Whether the divergence was measured."""
        return bool(self.manifest.get("models"))

    @property
    def n(self) -> int:
        """Samples, invalid ones included."""
        return int(self.manifest["n_samples"])

    @property
    def user_columns(self) -> tuple[str, ...]:
        """The user's own columns."""
        return tuple(self.manifest["user_columns"])

    @cached_property
    def nodes(self) -> NDArray[np.float64]:
        """``(m,)`` temperatures at which the divergence is stored."""
        return np.array(self.manifest["temperatures"], np.float64)

    @cached_property
    def notices(self) -> tuple[Notice, ...]:
        """What the stages have to say about this run, in the order of the stages."""
        stages: Mapping[str, Any] = self.manifest.get("notices", {})
        return tuple(Notice.of_tree(tree) for trees in stages.values() for tree in trees)

    @cached_property
    def samples(self) -> pd.DataFrame:
        """One row per sample in data-set order, all of it in memory: see :meth:`columns`, :meth:`taken`."""
        return self.files.table(Files.SAMPLES)

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """``(n,)`` the samples' ids, in data-set order."""
        return tuple(self.columns("id")["id"].tolist())

    @cached_property
    def row_of(self) -> Mapping[str, int]:
        """The row number of each sample, by id."""
        return dict(zip(self.ids, range(self.n), strict=True))

    def columns(self, *names: str) -> pd.DataFrame:
        """A few columns of all samples; the texts are not read for them."""
        if "samples" in self.__dict__:
            return self.samples.loc[:, list(names)]
        return self.files.table(Files.SAMPLES, names)

    def taken(self, rows: Iterable[int], *columns: str) -> pd.DataFrame:
        """A few columns of some rows, in the order given; of the others only their groups are read."""
        numbers = np.fromiter(rows, np.int64)
        if "samples" in self.__dict__:
            return self.samples.loc[:, list(columns)].iloc[numbers]
        frame: pd.DataFrame = self.files.rows(Files.SAMPLES, columns, numbers).to_pandas()
        return frame

    def each(self, rows: Iterable[int], *columns: str) -> Iterator[tuple[Any, ...]]:
        """The same, row after row as Python objects; of ascending rows only some are held at a time."""
        numbers = np.fromiter(rows, np.int64)
        # In any other order, every part might need every group of the file.
        parts = -(-len(numbers) // BLOCK) if (np.diff(numbers) >= 0).all() else 1
        for some in np.array_split(numbers, max(parts, 1)):
            yield from each_row(self.taken(some, *columns), columns)

    @property
    def fingerprint(self) -> str:
        """sha256 of what determines the run: the same config, data, models, versions and seed again
        have the same. In a run of schema 1 a hash of its files."""
        return str(self.manifest["fingerprint"])

    @property
    def formerly(self) -> tuple[str, ...]:
        """Fingerprints that this folder had in earlier schemas, its own last."""
        return (*self.manifest.get("formerly", ()), self.fingerprint)

    @cached_property
    def content(self) -> str:
        """sha256 over the files as they were written; two makings of one run may differ in it."""
        return content_of(self.manifest)

    @cached_property
    def samples_print(self) -> str:
        """sha256 over ids and texts: what people's decisions on samples belong to."""
        known = self.manifest["data"].get("samples")
        return known if known is not None else samples_print(self.samples)

    @property
    def clusters_print(self) -> str:
        """sha256 of what determines the clusters: what names of clusters belong to."""
        return clusters_print(self.manifest)

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
