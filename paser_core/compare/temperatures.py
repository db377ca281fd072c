"""How much of a selection hangs on the temperature: the same knobs at every other temperature.

Every temperature was measured in the one pass of the run, so this runs no model. It says nothing about
the clustering, whose start :mod:`paser_core.compare.seeds` varies.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from paser_core.compare.overlap import expected_overlap
from paser_core.runs import Run
from paser_core.runs.signals import damage_of
from paser_core.selection import Ranking, Selection, Setting, rank_samples
from paser_core.text import share

# A factor of the square root of two apart, over all that a run stores.
TEMPERATURES = (0.25, 0.35, 0.5, 0.71, 1.0, 1.41, 2.0, 2.83, 4.0)


@dataclass(frozen=True)
class OverTemperature:
    """One selection beside those of the same knobs at other temperatures."""

    temperature: float  # of the selection itself
    temperatures: NDArray[np.float64]  # (t,) rising; the selection's own is among them
    kept: NDArray[np.float64]  # (t,) share of its samples that are still selected; NaN: it has none
    chance: float  # the share that a blind selection of its size would keep; NaN: as above
    cds: NDArray[np.float64]  # (t, K) NaN for clusters without a measured sample
    ranks: NDArray[np.float64]  # (t, K) 1: the most damaged; NaN as above

    @property
    def here(self) -> int:
        """Where the selection's own temperature is."""
        return int(np.argmin(np.abs(self.temperatures - self.temperature)))

    def kept_at(self, temperature: float) -> float:
        """Share of the samples that are still selected at one of the temperatures."""
        return float(self.kept[int(np.argmin(np.abs(self.temperatures - temperature)))])

    @property
    def neighbors(self) -> tuple[float, ...]:
        """Half and twice its own temperature, as far as they were measured: the moves that people try."""
        return _moves(self.temperature)

    @property
    def sentence(self) -> str:
        """What half and twice the temperature would leave of the selection, in words."""
        return _told(self.temperature, [self.kept_at(t) for t in self.neighbors], self.chance)


def _moves(own: float) -> tuple[float, ...]:
    temperatures = _around(own)
    low, high = temperatures[0], temperatures[-1]
    return tuple(
        float(temperatures[int(np.argmin(np.abs(temperatures - wanted)))])
        for wanted in (0.5 * own, 2.0 * own)
        if low <= wanted <= high
    )


def _around(own: float) -> NDArray[np.float64]:
    near = any(abs(t - own) < 1e-9 for t in TEMPERATURES)
    return np.array(sorted(TEMPERATURES if near else {*TEMPERATURES, own}))


def _told(own: float, kept: list[float], chance: float) -> str:
    moves = [(t, part) for t, part in zip(_moves(own), kept, strict=True) if np.isfinite(part)]
    if not moves:
        return "Nothing is selected, so nothing can be said about other temperatures."
    told = " and ".join(f"{share(part)} at T = {t:g}" for t, part in moves)
    return (
        f"Of this selection (T = {own:g}), {told} would still be selected; a blind "
        f"draw of the same size keeps {share(chance)}."
    )


def temperature_sentence(own: float, budget: int, ranking_at: Callable[[float], Ranking]) -> str:
    """:attr:`OverTemperature.sentence` alone: three passes instead of nine.

    Args:
        own: the temperature that the others are compared with.
        budget: samples that may be selected.
        ranking_at: the pass at a temperature.

    Raises:
        SelectionError: as :func:`over_temperature`.
    """
    ours = ranking_at(own).at(budget)
    others = [ranking_at(t).at(budget) for t in _moves(own)]
    return _told(own, [_kept(ours, other) for other in others], _chance(ours))


def _kept(ours: Selection, other: Selection) -> float:
    """The share of our samples that the other has, too; NaN: we have none."""
    size = len(ours.rows)
    return float(np.isin(ours.rows, other.rows).sum() / size) if size else float("nan")


def _chance(ours: Selection) -> float:
    size, usable = len(ours.rows), int(ours.ranking.candidates.usable.sum())
    return expected_overlap(usable, size, size).mean / size if size else float("nan")


def over_temperature(
    own: float, budget: int, ranking_at: Callable[[float], Ranking]
) -> OverTemperature:
    """Select at every temperature, and compare with the selection at one of them.

    Args:
        own: the temperature that the others are compared with.
        budget: samples that may be selected, whatever ``knobs`` say.
        ranking_at: the pass at a temperature; forced samples and concepts are its own business.

    Raises:
        SelectionError: the run has no models, or more samples are forced in than the budget holds.
    """
    temperatures = _around(own)
    selections = [ranking_at(float(t)).at(budget) for t in temperatures]
    ours = selections[int(np.argmin(np.abs(temperatures - own)))]
    kept = np.array([_kept(ours, other) for other in selections])
    chance = _chance(ours)
    cds = np.stack([_measured_cds(s) for s in selections])
    return OverTemperature(own, temperatures, kept, chance, cds, np.stack([_ranks(c) for c in cds]))


def over_temperature_of(run: Run, selection: Selection, setting: Setting) -> OverTemperature:
    """The same of a selection from a run, with its own concepts and forced samples.

    Args:
        run: what was selected from, with models.
        selection: made at the temperature of the setting.
        setting: its knobs.
    """
    return over_temperature(
        setting.temperature, selection.budget, _ranking_at(run, selection, setting)
    )


def temperature_sentence_of(run: Run, selection: Selection, setting: Setting) -> str:
    """:attr:`OverTemperature.sentence` of a selection from a run, of which one pass is there.

    Args:
        run: what was selected from, with models.
        selection: made at the temperature of the setting.
        setting: its knobs.
    """
    return temperature_sentence(
        setting.temperature, selection.budget, _ranking_at(run, selection, setting)
    )


def _ranking_at(run: Run, selection: Selection, setting: Setting) -> Callable[[float], Ranking]:
    pool, people = selection.ranking.candidates, selection.ranking.overrides

    def ranking_at(temperature: float) -> Ranking:
        if temperature == setting.temperature:
            return selection.ranking
        divergence = damage_of(run, setting.changed(temperature=temperature))
        return rank_samples(replace(pool, divergence=divergence), setting, people)

    return ranking_at


def _measured_cds(selection: Selection) -> NDArray[np.float64]:
    """``(K,)`` CDS; NaN, never 0, where nothing was measured."""
    return np.where(selection.ranking.sizes > 0, selection.ranking.cds, np.nan)


def _ranks(cds: NDArray[np.float64]) -> NDArray[np.float64]:
    """``(K,)`` 1 for the highest; ties go to the lower cluster number; NaN stays."""
    ranks = np.full(len(cds), np.nan)
    order = [k for k in np.argsort(-cds, kind="stable") if np.isfinite(cds[k])]
    ranks[order] = np.arange(1, len(order) + 1)
    return ranks
