"""What other temperatures would select, for the pages; made once for all sessions."""

from __future__ import annotations

from dataclasses import replace

from dashboard.runs.opening import remembered
from dashboard.runs.selections import ranking_of
from paser_core.compare import OverTemperature, over_temperature
from paser_core.runs import Run
from paser_core.selection import Ranking, Setting, resolve_budget


@remembered(24)
def temperatures(run: Run, setting: Setting) -> OverTemperature:
    """The selection of a setting beside those of the same setting at other temperatures."""

    def ranking_under(temperature: float) -> Ranking:
        return ranking_of(run, replace(setting, temperature=temperature))

    return over_temperature(
        setting.temperature, resolve_budget(setting.budget, run.n), ranking_under
    )
