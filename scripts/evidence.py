"""Write the tables of docs/evidence.md out of the committed studies.

python scripts/evidence.py [FOLDER]     # usually data/demo: study, study-costly, study-lr are in it
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from paser_core.study.formatted import count, gap_of, p_value, share, spread
from paser_core.study.frames import records
from paser_core.study.outcomes import Outcome, correlations, outcomes
from paser_core.study.results import Results
from paser_core.study.summary import Summary

ROOT = Path(__file__).resolve().parent.parent
PAGE, STUDIES = ROOT / "docs" / "evidence.md", ROOT / "data" / "demo"
_BLOCK = re.compile(r"(<!-- (?P<name>[a-z]+): [^\n]*-->\n)(?P<body>.*?)(<!-- end -->)", re.DOTALL)
_DAMAGED = ("pruner-40", "wanda", "magnitude")
_BUDGET, _RECOVERY = "10 % of tokens", "sft"
_DAMAGES = (
    ("jsd", "mean"),
    ("jsd", "worst"),
    ("jsd", "failure"),
    ("loss_gap", "mean"),
    ("loss_gap", "failure"),
    ("changed_gap", "failure"),
)


class Evidence:
    """The tables of one study, by the name that the page gives them."""

    def __init__(self, study: Path, part: str = "test") -> None:
        self.summary = Summary(Results.open(study), part)

    @cached_property
    def arms(self) -> pd.DataFrame:
        arms = self.summary.arms
        return arms.assign(over=arms["over"].map(tuple))

    def of(self, over: tuple[str, ...], **fixed: str) -> pd.DataFrame:
        """The arms of some compressions."""
        arms = self.arms[self.arms["over"].map(lambda known: known == over)]
        for name, value in fixed.items():
            arms = arms[arms[name] == value]
        return arms

    def selectors(self) -> str:
        """All selectors at a tenth of the tokens, the mean of the compressions that did damage."""
        rows = [
            [
                "compressed, before",
                "",
                self._before(_DAMAGED, 0),
                "",
                "",
                self._before(_DAMAGED, 1),
                "",
                "",
            ]
        ]
        rows += [
            [row["selector"], count(row["tokens"]), *_both(row)]
            for row in records(self.of(_DAMAGED, budget=_BUDGET, recovery=_RECOVERY))
        ]
        tests = ["against random (95 %)", "p, Holm"]
        heads = ["selector", "tokens", "mean retention ± s.d.", *tests]
        return _table([*heads, "worst capability ± s.d.", *tests], rows)

    def light(self) -> str:
        """Compressions that did little, each alone."""
        rows = []
        for name in ("pruner-25", "rtn"):
            mean, worst = self._before((name,), 0), self._before((name,), 1)
            rows.append([name, "compressed, before", mean, "", worst])
            rows += [
                [
                    name,
                    row["selector"],
                    spread(row["retention"], row["retention_sd"]),
                    gap_of(row, "retention"),
                    spread(row["worst"], row["worst_sd"]),
                ]
                for row in records(self.of((name,), budget=_BUDGET, recovery=_RECOVERY))
            ]
        return _table(["compression", "selector", "mean", "against random", "worst"], rows)

    def budgets(self) -> str:
        """PASER and random over the budgets."""
        return self._over_budgets(_DAMAGED, ["random", "paser"])

    def everything(self) -> str:
        """The same of one compression, and the whole pool."""
        return self._over_budgets(("wanda",), ["random", "paser", "full"])

    def _over_budgets(self, over: tuple[str, ...], selectors: list[str]) -> str:
        arms = self.of(over, recovery=_RECOVERY)
        arms = arms[arms["selector"].isin(selectors)]
        whole = arms["selector"] == "full"
        share = arms["budget"].str.split(" ").str[0].astype(float).mask(whole, 100.0)
        arms = arms.assign(share=share, budget=arms["budget"].mask(whole, "all"))
        arms = arms.sort_values(["share", "selector"], ascending=[True, False])
        heads = ["budget", "selector", "tokens", "processor s a cell", "mean", "against random"]
        rows = [[row["budget"], row["selector"], *self._cost(row)] for row in records(arms)]
        return _table([*heads, "worst", "against random"], rows)

    def recoveries(self) -> str:
        """The same selections, trained otherwise."""
        rows = []
        for recovery in self.summary.results.config.recoveries:
            arms = self.of(_DAMAGED, budget=_BUDGET, recovery=recovery)
            arms = arms[arms["selector"].isin(["random", "paser"])]
            rows += [[recovery, row["selector"], *self._cost(row)] for row in records(arms)]
        heads = ["recovery", "selector", "tokens", "processor s a cell", "mean", "against random"]
        return _table([*heads, "worst", "against random"], rows)

    def hypotheses(self) -> str:
        """What became of each."""
        rows = [
            [one.name, one.claim, _points(one), p_value(one.p_holm), one.outcome]
            for one in outcomes(self.summary)
        ]
        return _table(["hypothesis", "claim", "points (95 %)", "p, Holm", "outcome"], rows)

    def damage(self) -> str:
        """Rank correlation of damage with what was lost and what came back."""
        rows = []
        known = {
            (row["signal"], row["aggregate"]): row for row in records(correlations(self.summary))
        }
        for signal, aggregate in _DAMAGES:
            row = known[signal, aggregate]
            rows.append(
                [signal, aggregate]
                + [
                    _rho(row, name)
                    for name in ("lost_together", "lost", "gained_together", "gained")
                ]
            )
        heads = ["lost, all points", "lost, within", "gained, all points", "gained, within"]
        return _table(["signal", "aggregate", *heads], rows)

    def costly(self) -> str:
        """What costs more, beside the two that are in both studies."""
        arms = self.of(_DAMAGED, recovery=_RECOVERY)
        rows = [
            [row["selector"], *self._cost(row), p_value(row["retention_p_holm"])]
            for row in records(arms)
        ]
        heads = ["selector", "tokens", "processor s a cell", "mean", "against random", "worst"]
        return _table([*heads, "against random", "p of the mean, Holm"], rows)

    def rates(self) -> str:
        """Mean retention at each learning rate, both selectors together."""
        recoveries = list(self.summary.results.config.recoveries)
        rows = []
        for name in self.summary.results.config.compressions:
            row = [f"`{name}`", self._before((name,), 0)]
            for recovery in recoveries:
                arms = self.of((name,), budget=_BUDGET, recovery=recovery)
                both = arms[arms["selector"].isin(["random", "paser"])]
                row.append(share(float(both["retention"].mean())))
            rows.append(row)
        return _table(["compression", "before", *(r.removeprefix("lr ") for r in recoveries)], rows)

    def _cost(self, row: Mapping[str, Any]) -> list[str]:
        return [
            count(row["tokens"]),
            count(row["cpu_seconds"]),
            spread(row["retention"], row["retention_sd"]),
            gap_of(row, "retention"),
            spread(row["worst"], row["worst_sd"]),
            gap_of(row, "worst"),
        ]

    def _before(self, over: tuple[str, ...], which: int) -> str:
        """Mean or worst retention of compressed models, in the mean over them."""
        results, part = self.summary.results, self.summary.part
        kept = [self.summary.retained(results.of_model(name, part)) for name in over]
        reduce = (np.nanmean, np.nanmin)[which]
        return share(float(np.mean([reduce(one) for one in kept])))


def _both(row: Mapping[str, Any]) -> Iterator[str]:
    for name in ("retention", "worst"):
        yield spread(row[name], row[f"{name}_sd"])
        yield gap_of(row, name)
        yield p_value(row[f"{name}_p_holm"])


def _points(one: Outcome) -> str:
    figures = {"gap": one.value, "gap_low": one.low, "gap_high": one.high}
    return gap_of({f"retention_{name}": value for name, value in figures.items()}, "retention")


def _rho(row: Mapping[str, Any], name: str) -> str:
    value, low, high = (row[f"{name}{end}"] for end in ("", "_low", "_high"))
    return "–" if pd.isna(value) else f"{value:.2f} ({low:.2f} to {high:.2f})"


def _table(heads: list[str], rows: list[list[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def tables(studies: Path) -> Mapping[str, Callable[[], str]]:
    """Every table by the name that the page gives it."""
    demo = Evidence(studies / "study")
    return {
        "selectors": demo.selectors,
        "light": demo.light,
        "budgets": demo.budgets,
        "everything": demo.everything,
        "recoveries": demo.recoveries,
        "hypotheses": demo.hypotheses,
        "damage": demo.damage,
        "costly": Evidence(studies / "study-costly").costly,
        "costlyhypotheses": Evidence(studies / "study-costly").hypotheses,
        "rates": Evidence(studies / "study-lr", "development").rates,
    }


def page(studies: Path = STUDIES) -> str:
    """The page with its tables made anew."""
    made = tables(studies)
    text = PAGE.read_text(encoding="utf-8")
    return _BLOCK.sub(lambda m: f"{m[1]}{made[m['name']]()}{m[4]}", text)


if __name__ == "__main__":
    PAGE.write_text(page(*map(Path, sys.argv[1:2])), encoding="utf-8")
