"""What limits look at: a run, the selection where there is one, and the file that is kept apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from paser_core.compare.temperatures import (
    OverTemperature,
    over_temperature_of,
    temperature_sentence_of,
)
from paser_core.config import DataConfig
from paser_core.explain.audit import mixtures_of
from paser_core.limits.contamination import Contamination, contamination
from paser_core.records import read_records
from paser_core.runs import Run
from paser_core.selection import Selection, Setting
from paser_core.stages.scoring import ClusterScores, cluster_scores

if TYPE_CHECKING:
    import pandas as pd

    from paser_core.limits.settings import Inputs

NO_MODELS = "the run has no models, so no damage was measured"


@dataclass(frozen=True)
class Subject:
    """A run and a selection from it, as a limit sees them."""

    run: Run
    selection: Selection | None  # None: the run has no models, and the selector needs them
    setting: Setting
    names: Sequence[str]  # (K,) of the clusters
    inputs: Inputs  # what limits are told beside their bounds

    @cached_property
    def damage(self) -> NDArray[np.float64]:
        """``(n,)`` by the setting; NaN where it was not measured."""
        if self.selection is None:
            return np.full(self.run.n, np.nan)
        return self.selection.ranking.candidates.divergence

    @cached_property
    def scores(self) -> ClusterScores:
        """The CDS with its intervals."""
        run = self.run
        return cluster_scores(self.damage, run.labels, run.n_clusters, run.valid, run.config.seed)

    @cached_property
    def mixed(self) -> list[int]:
        """Numbers of the clusters whose CDS is the mean of unlike parts."""
        found = mixtures_of(self.run, self.damage)
        return [k for k, made in enumerate(found) if made.mixed]

    @cached_property
    def over_temperature(self) -> OverTemperature | None:
        """The selection beside those at other temperatures; None where the temperature has no part."""
        if self.selection is None or not self._by_temperature:
            return None
        return over_temperature_of(self.run, self.selection, self.setting)

    @cached_property
    def temperature_sentence(self) -> str | None:
        """What half and twice the temperature would leave of the selection; None: it has no part, or nothing
        is selected."""
        if self.selection is None or not self._by_temperature or not self.selection.n_selected:
            return None
        return temperature_sentence_of(self.run, self.selection, self.setting)

    @property
    def _by_temperature(self) -> bool:
        return self.setting.by_temperature and self.run.has_models

    @cached_property
    def held_out(self) -> list[str] | None:
        """The questions of the file that is kept apart, empty ones included; None: no file is named.

        Raises:
            DataError: the file cannot be read.
        """
        path = self.inputs.held_out
        return None if path is None else _questions(read_records(DataConfig(path=path)).frame)

    @property
    def held_out_lost(self) -> int:
        """Rows of that file without a question."""
        return sum(not text.strip() for text in self.held_out or ())

    @cached_property
    def contamination(self) -> Contamination | None:
        """The questions beside the selection, or without one beside all usable samples; None: no file.

        Raises:
            DataError: the file cannot be read.
        """
        if self.held_out is None:
            return None
        run, inputs = self.run, self.inputs
        rows = np.flatnonzero(run.valid) if self.selection is None else self.selection.rows
        apart = [text for text in self.held_out if text.strip()]
        taken = _questions(run.taken(rows, "instruction", "input"))
        found = contamination(apart, taken, inputs.held_out_words, inputs.held_out_share)
        return found.at(rows)


def _questions(frame: pd.DataFrame) -> list[str]:
    return [f"{a}\n{b}" for a, b in zip(frame["instruction"], frame["input"], strict=True)]
