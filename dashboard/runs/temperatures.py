"""What other temperatures would select, for the pages; made once for all sessions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from dashboard.runs.opening import remembered
from dashboard.runs.selections import concepts_of, ranking_of
from paser_core.compare import OverTemperature, over_temperature
from paser_core.runs import Run
from paser_core.selection import Ranking, Setting, resolve_budget
from paser_core.selection.of_run import rank_run


@remembered(24)
def temperatures(run: Run, setting: Setting) -> OverTemperature:
    """The selection of a setting beside those of the same setting at other temperatures."""
    return over_temperature(*_asked(run, setting))


def _asked(run: Run, setting: Setting) -> tuple[float, int, Callable[[float], Ranking]]:
    def ranking_at(temperature: float) -> Ranking:
        # The others are looked at once: of a million samples each would hold 30 MB.
        if temperature == setting.temperature:
            return ranking_of(run, setting)
        other = replace(setting, temperature=temperature)
        return rank_run(run, other, concepts_of(run, setting.concepts))

    return setting.temperature, resolve_budget(setting.budget, run.n), ranking_at
