"""What a report is about: a run, a selection, people's decisions, and the numbers of each cluster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from paser_core.limits import LimitsConfig
from paser_core.limits import Subject as Looked
from paser_core.palette import cluster_color
from paser_core.report.wording import last_part
from paser_core.review import ReviewState
from paser_core.runs import Run
from paser_core.selection import Selection, Setting
from paser_core.selection.measures import measure_told
from paser_core.stages.scoring import ClusterScores


@dataclass(frozen=True)
class Damage:
    """What was measured in one cluster, and what the budget buys there."""

    cds: float  # NaN where no sample was measured
    low: float  # 95 % bootstrap interval; NaN where fewer than two samples were measured
    high: float
    measured: int  # samples behind it, which are those that can be taken
    selected: int
    rejected: int
    mean_selected: float  # damage of the samples taken; NaN where none was

    @property
    def end(self) -> float:
        """Where its bar ends, or the whisker on it."""
        return self.high if self.measured > 1 else self.cds


@dataclass(frozen=True)
class Capability:
    """One cluster of samples."""

    number: int
    name: str
    color: str
    size: int  # samples, measured or not
    keywords: tuple[str, ...]
    example: str  # instruction of its most central sample
    damage: Damage | None  # None without models


@dataclass(frozen=True)
class Subject:
    """Everything the sections look at."""

    run: Run
    selection: Selection | None  # None: the run has no models
    setting: Setting
    review: ReviewState | None  # None: people were not asked
    names: tuple[str, ...]  # (K,) of the clusters: a person's where there is one
    weights: Mapping[str, str]  # "original" and "compressed" -> what is known of the weights

    @property
    def people(self) -> ReviewState:
        """What people decided."""
        return self.review or ReviewState()

    @cached_property
    def source(self) -> str:
        """Short name of the data set."""
        return last_part(str(self.run.manifest["data"]["source"]))

    @cached_property
    def models(self) -> tuple[str, str]:
        """Short names of the original and the compressed model; empty without models."""
        models = self.run.manifest.get("models") or {}
        names = [last_part(models[r]["name"]) if models else "" for r in ("original", "compressed")]
        return names[0], names[1]

    @property
    def measure(self) -> str:
        """What damage is, where it is not the paper's; else empty."""
        return "" if self.setting.tempered else measure_told(self.setting)

    @property
    def scale(self) -> str:
        """What the numbers of damage mean."""
        if self.setting.tempered:
            return "on a scale from 0 (the two models predict the same) to 1 (nothing in common)"
        return f"and the damage of a sample is the {self.measure}: 0 is none, more is worse"

    @cached_property
    def looked_at(self) -> Looked:
        """The same for findings and limits, by the limits that hold by default."""
        values = LimitsConfig.of().values
        return Looked(self.run, self.selection, self.setting, self.names, values)

    @cached_property
    def capabilities(self) -> tuple[Capability, ...]:
        """The clusters, most damaged first, unmeasured ones last; without models the largest first."""
        run, selection = self.run, self.selection
        sizes = run.clusters["size"].to_numpy(np.int64)
        damage: list[Damage] = []
        if selection is not None:
            sizes = selection.ranking.members
            damage = _damage(selection, self.looked_at.scores)
        central = [run.row_of[ids[0]] for ids in run.clusters["exemplars"] if len(ids)]
        instructions = dict(
            zip(central, run.taken(central, "instruction")["instruction"], strict=True)
        )
        made = [
            Capability(
                number=k,
                name=self.names[k],
                color=cluster_color(k),
                size=int(sizes[k]),
                keywords=tuple(run.clusters["keywords"][k]),
                example=next(
                    (instructions[run.row_of[i]] for i in run.clusters["exemplars"][k][:1]), ""
                ),
                damage=damage[k] if damage else None,
            )
            for k in range(run.n_clusters)
        ]
        return tuple(sorted(made, key=_place))

    @cached_property
    def measured(self) -> tuple[Capability, ...]:
        """Those with a measured sample, most damaged first."""
        return tuple(c for c in self.capabilities if c.damage is not None and c.damage.measured)

    @property
    def widest(self) -> float:
        """The highest end of any bar; 0 where nothing was measured."""
        return max((c.damage.end for c in self.measured if c.damage is not None), default=0.0)

    @cached_property
    def by_number(self) -> dict[int, Capability]:
        """The clusters by number."""
        return {c.number: c for c in self.capabilities}


def _place(c: Capability) -> float:
    if c.damage is None:
        return -c.size
    return -c.damage.cds if c.damage.measured else np.inf


def _damage(selection: Selection, scores: ClusterScores) -> list[Damage]:
    pool = selection.ranking.candidates
    divergence, k_all = pool.divergence, pool.n_clusters
    taken = selection.rank > 0
    labels = pool.labels[taken]
    sums = np.bincount(labels, weights=divergence[taken], minlength=k_all)
    return [
        Damage(
            cds=float(scores.cds[k]),
            low=float(scores.low[k]),
            high=float(scores.high[k]),
            measured=int(scores.sizes[k]),
            selected=int(selection.accepted[k]),
            rejected=int(selection.rejected[k]),
            mean_selected=float(sums[k] / taken_k)
            if (taken_k := selection.accepted[k])
            else np.nan,
        )
        for k in range(k_all)
    ]
