"""Scores that a model was run for, beside a finished run: where they lie, and reading them.

They lie in ``RUN/scores/NAME-KEY/``, a folder in steps like the run's own. The key is made of
everything that determines them (data, weights, template, settings), so scores under other settings
lie beside each other, and what is there is what was asked for. The run itself is not changed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from numpy.typing import NDArray

from paser_core.config import ScoresConfig, to_tree
from paser_core.errors import ConfigError, RunError, ScoresError, SelectionError
from paser_core.notices import Notice
from paser_core.registry import SCORES
from paser_core.runs.described import Described
from paser_core.workspace import paths
from paser_core.workspace.checkpoints import MANIFEST, State
from paser_core.workspace.files import digest_of_file
from paser_core.workspace.keys import key_of
from paser_core.workspace.reading import reading

FOLDER = "scores"
TABLE = "scores.parquet"
_AGAIN = "remove this folder of scores; the command that selects makes them again"


@dataclass(frozen=True)
class Score:
    """One kind of scores, as data.

    Args:
        name: under which the registry has it.
        work: ``"module:function"``, called with a ``paser_core.measure.scores.Scoring`` and a
            progress; it writes :data:`TABLE` with a row for every sample and a column ``problem``.
        columns: the numbers in that table, ``(n,)`` each; null where a sample has none.
        settings: the fields of ``scores`` that determine it.
        files: files of the run that it reads.
        needs: other scores that it reads.
        doing: what to say while it works.
        version: another where the same settings no longer give the same scores.
    """

    name: str
    work: str
    columns: tuple[str, ...]
    settings: tuple[str, ...] = ("model",)
    files: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    doing: str = "Scoring the samples"
    version: int = 1


@dataclass(frozen=True)
class Cost:
    """What scores have cost, over all starts."""

    passes: int = 0  # samples, or parts of one, that went through the model
    tokens: int = 0  # that the model read, padding apart
    seconds: float = 0.0  # in the model and around it; loading apart

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            self.passes + other.passes, self.tokens + other.tokens, self.seconds + other.seconds
        )

    def told(self) -> str:
        """``8,356 passes over 245,121 tokens, 31 s``."""
        return f"{self.passes:,} passes over {self.tokens:,} tokens, {self.seconds:,.0f} s"


@dataclass(frozen=True)
class Scores:
    """Finished scores, a row for every sample of the run."""

    score: Score
    folder: Path
    manifest: Mapping[str, Any] = field(repr=False)
    key: str = ""
    config: ScoresConfig = field(default_factory=ScoresConfig)  # as they were asked for

    @cached_property
    def table(self) -> pd.DataFrame:
        """``n`` rows in data-set order: the columns of the score, and ``problem``.

        Raises:
            RunError: the file is not the one that was written.
        """
        path = self.folder / TABLE
        with reading(path, _AGAIN):
            if digest_of_file(path) != self.manifest["files"][TABLE]:
                raise ValueError("its content is not what was written")
            frame: pd.DataFrame = pq.read_table(path).to_pandas()
        return frame

    def column(self, name: str) -> NDArray[np.float64]:
        """``(n,)`` one number a sample; NaN where it has none."""
        return self.table[name].to_numpy(np.float64, na_value=np.nan)

    @cached_property
    def problems(self) -> tuple[str | None, ...]:
        """``(n,)`` why a sample has no score."""
        return tuple(p if isinstance(p, str) else None for p in self.table["problem"])

    @property
    def cost(self) -> Cost:
        """What they have cost."""
        return Cost(**self.manifest["cost"])

    @property
    def model(self) -> str:
        """Which model scored, in words: ``the compressed model (./pruned)``."""
        known = self.manifest["model"]
        return f"the {known['role']} model ({known['name']})"

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What is to be said of them."""
        trees = [tree for stage in self.manifest.get("notices", {}).values() for tree in stage]
        return tuple(map(Notice.of_tree, trees))


def score_of(name: str) -> Score:
    """A kind of scores by name.

    Raises:
        ConfigError: there is none of that name, or what a package brings under it is none.
    """
    known: Score = SCORES[name]
    return known


def facts_of(run: Described, score: Score, config: ScoresConfig) -> dict[str, Any]:
    """Everything that determines scores, by dotted name. No weights are read.

    Raises:
        SelectionError: the run has no models, or a setting is missing that the score needs.
        ConfigError: a file that a setting names is not there.
    """
    if not run.has_models:
        raise SelectionError(
            f"{run.name}: this run has no models, and the scores {score.name!r} need one. Set "
            "models.original and models.compressed and start `paser run` on the same folder again, "
            "or choose a selector that needs no model, such as 'random'."
        )
    told, models = to_tree(config), run.manifest["models"]
    facts: dict[str, Any] = {
        "name": score.name,
        "version": score.version,
        "data": run.data,
        "samples": run.samples_print,
        "template": str(run.config.models.template),
        "date": run.config.models.date,
        "dtype": str(run.config.models.dtype),
        "max_length": run.config.divergence.max_length,
        "model": models[str(config.model)]["fingerprint"],
    }
    for name in score.settings:
        facts[f"settings.{name}"] = told[name]
    if "targets" in score.settings:
        facts["settings.targets"] = targets_print(config.targets)
    written = run.manifest.get("files", {})
    for name in score.files:
        facts[f"files.{name}"] = written.get(name, {}).get("sha256")
    for name in score.needs:
        facts[f"needs.{name}"] = address(run, name, config)[1]
    return {f"score.{name}": value for name, value in facts.items()}


def targets_print(path: str | None) -> str:
    """sha256 of the file of targets.

    Raises:
        ConfigError: none is named, or it cannot be read.
    """
    if path is None:
        raise ConfigError(
            "The selector rds-plus needs examples of what the model shall be good at: name a file of "
            "them (read as a pool is, and kept out of it) with scores.targets, --targets FILE on the "
            "command line.",
            field="scores.targets",
        )
    try:
        content = paths.home(path).read_bytes()
    except OSError as error:
        raise ConfigError(
            f"scores.targets is {path!r}, which cannot be read ({error.strerror}). Name a file of "
            "examples: jsonl, json, csv or parquet.",
            field="scores.targets",
        ) from error
    return hashlib.sha256(content).hexdigest()


def address(run: Described, name: str, config: ScoresConfig) -> tuple[Path, str]:
    """The folder of scores, whether or not it is there, and their key."""
    key = key_of(facts_of(run, score_of(name), config))
    return run.path / FOLDER / f"{name}-{key}", key


def read_scores(run: Described, name: str, config: ScoresConfig) -> Scores:
    """The scores of a run.

    Raises:
        ScoresError: they are not made yet, or not finished; the message has the command.
        RunError: their manifest is damaged.
        SelectionError: the run has no models.
        ConfigError: a setting is missing.
    """
    score = score_of(name)
    folder, key = address(run, name, config)
    file = folder / MANIFEST
    if paths.is_file(file):
        with reading(file, _AGAIN):
            manifest = json.loads(file.read_text(encoding="utf-8"))
            state = manifest["state"]
        if state == State.DONE:
            return Scores(score, folder, manifest, key, config)
    raise ScoresError(
        f"{run.name}: the scores {name!r} are not made yet; a model has to read the samples for "
        f"them. Make them with: {command_of(run, name, config)}",
        name=name,
    )


def command_of(run: Described, name: str, config: ScoresConfig) -> str:
    """The command that makes scores of a run."""
    told, usual = to_tree(config), to_tree(ScoresConfig())
    changed = [f"scores.{field}={told[field]}" for field in told if told[field] != usual[field]]
    return " ".join(["paser score", str(run.path), name, *(f"--set {c}" for c in changed)])


def check_place(run: Described) -> None:
    """See that scores can be written beside a run, before a model is loaded.

    Raises:
        RunError: they cannot.
    """
    folder = run.path / FOLDER
    try:
        folder.mkdir(exist_ok=True)
        probe = folder / ".paser-probe"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise RunError(
            f"{folder}: scores are written here, and this cannot be written ({error.strerror}). Copy "
            "the run to a folder that can be written, and select from the copy."
        ) from error
