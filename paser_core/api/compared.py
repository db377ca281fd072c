"""Two selections side by side, by id; means over draws where one of them is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from paser_core.api.scored import scores_for
from paser_core.compare import Chosen, chosen, is_export, read_export
from paser_core.compare import Comparison as Pair
from paser_core.compare import compare as compare_two
from paser_core.errors import ConfigError, nearest, shortened
from paser_core.registry import SELECTORS
from paser_core.runs import Run
from paser_core.selection import Setting, selector_of
from paser_core.selection.of_run import select_from_run
from paser_core.text import plural
from paser_core.workspace import paths

_DRAWS = 20  # enough for a mean to two digits


@dataclass(frozen=True, repr=False)
class Comparison:
    """What two selections share. Figures are means over the draws of the second one."""

    here: str  # what the two are called
    there: str
    pairs: tuple[Pair, ...]  # one a draw, for those who need the ids
    lengths: pd.DataFrame  # rows here and there: samples, tokens of all, mean and median response

    @property
    def overlap(self) -> float:
        """Share of the smaller selection that is in both; NaN if one is empty."""
        return float(np.mean([pair.overlap for pair in self.pairs]))

    @property
    def chance_interval(self) -> tuple[float, float] | None:
        """Where :attr:`overlap` would be 95 % of the time, had one of them been drawn blindly.

        None: the two were selected from different data.
        """
        known = [
            (pair.chance, min(pair.a.n, pair.b.n)) for pair in self.pairs if min(pair.a.n, pair.b.n)
        ]
        ends = [(c.low / n, c.high / n) for c, n in known if c is not None]
        if not ends:
            return None
        low, high = np.mean(ends, axis=0).tolist()
        return low, high

    @property
    def shift(self) -> pd.DataFrame:
        """The clusters of the first selection's run, the largest shift first.

        Columns ``name``, ``size`` (samples that can be selected), ``here``, ``there``, ``both``
        (samples), ``shift`` (share of the selection gained from here to there) and its range over
        the draws, ``shift_low`` to ``shift_high``.
        """
        first = self.pairs[0].shifts
        shifts = _table([[s.shift for s in pair.shifts] for pair in self.pairs])
        frame = pd.DataFrame(
            {
                "name": [s.name for s in first],
                "size": [s.size for s in first],
                "here": [s.a for s in first],
                "there": _table([[s.b for s in p.shifts] for p in self.pairs]).mean(axis=0),
                "both": _table([[s.both for s in p.shifts] for p in self.pairs]).mean(axis=0),
                "shift": shifts.mean(axis=0),
                "shift_low": shifts.min(axis=0),
                "shift_high": shifts.max(axis=0),
            },
            index=pd.Index([s.cluster for s in first], name="cluster"),
        )
        return frame.sort_values("shift", key=abs, ascending=False, kind="stable")

    def __repr__(self) -> str:
        first = f"{self.here} beside {self.there}"
        if len(self.pairs) > 1:
            first += f", mean of {plural(len(self.pairs), 'draw')}"
        chance = self.chance_interval
        by_chance = (
            "different data, so chance says nothing"
            if chance is None
            else f"by chance {chance[0]:.1%} to {chance[1]:.1%}"
        )
        return f"{first}\n{self.overlap:.1%} in both ({by_chance})\n.overlap .chance_interval .shift .lengths"


def compare(
    run: Run, setting: Setting, here: Chosen, other: str | Path | Chosen, draws: int | None = None
) -> Comparison:
    """Compare a selection with another.

    Args:
        run: what the first one was selected from.
        setting: what it was selected with.
        here: the first one.
        other: a selector by name, an export folder, or the second one.
        draws: seeds of a selector that draws.

    Raises:
        ConfigError: there is no such selector or export, or nothing is drawn.
    """
    if isinstance(other, str) and other in SELECTORS:
        there = _drawn(run, setting, here, other, draws)
    elif draws is not None:
        raise ConfigError(f"draws={draws} goes with a selector that draws. Leave it out.")
    else:
        there = [other if isinstance(other, Chosen) else _read(paths.home(str(other)))]
    pairs = tuple(compare_two(here, one) for one in there)
    lengths = pd.DataFrame(
        [_lengths(run, [here]), _lengths(run, there)],
        index=pd.Index(["here", "there"], name="selection"),
    )
    first = f"{plural(here.n, 'sample')} of {here.label}"
    return Comparison(first, there[0].label, pairs, lengths)


def _drawn(run: Run, setting: Setting, here: Chosen, name: str, draws: int | None) -> list[Chosen]:
    """What another selector takes, as many samples: once, or with the seeds 0, 1, 2, …"""
    drawn = selector_of(name).drawn
    if draws is not None and (draws < 1 or not drawn):
        accepted = "from 1 on" if drawn else f"left out, because {name} draws nothing"
        raise ConfigError(f"draws is {shortened(draws)}; it must be {accepted}.")
    scores_for(run, setting.alone(name, here.n))
    return [
        chosen(run, select_from_run(run, setting.alone(name, here.n, seed)), name, here.names)
        for seed in range((draws or _DRAWS) if drawn else 1)
    ]


def _read(folder: Path) -> Chosen:
    if not is_export(folder):
        raise ConfigError(
            f"{folder} is no export folder and no selector.{nearest(str(folder), SELECTORS)} "
            f"Name a folder that was exported, or a selector: {', '.join(SELECTORS)}."
        )
    return read_export(folder, str(folder))


def _lengths(run: Run, sides: Sequence[Chosen]) -> dict[str, float]:
    """Figures of the samples that a run has, by its tokenizer."""
    responses = run.samples["response_tokens"].astype("Float64")
    rows = [[run.row_of[i] for i in side.ids if i in run.row_of] for side in sides]
    return {
        "samples": _mean([len(side.ids) for side in sides]),
        "tokens": _mean([run.tokens[taken].sum() for taken in rows]),
        "response_mean": _mean([responses.iloc[taken].mean() for taken in rows]),
        "response_median": _mean([responses.iloc[taken].median() for taken in rows]),
    }


def _mean(values: Sequence[Any]) -> float:
    return float(np.mean([np.nan if value is pd.NA else value for value in values]))


def _table(rows: Sequence[Sequence[float]]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return np.array(rows, np.float64)
