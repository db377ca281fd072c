"""Study: what each selector retains, capability by capability, and the table over all budgets."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard import labels
from dashboard.charts.data import matrix_data
from dashboard.charts.labels import label
from dashboard.charts.study import retention_figure
from dashboard.panels.study import cell, words
from dashboard.panels.study.page import Shown
from dashboard.runs import studies
from dashboard.widgets.download import Offer, file_name
from dashboard.widgets.parts import figure
from dashboard.widgets.small_table import small_table
from paser_core.study.retained import Repeats

_BEFORE = "Before recovery"
_KEY_MAP = "study-retention-figure"


def draw(shown: Shown) -> None:
    """Retention by capability as a heat map, and mean and worst with their spread over seeds."""
    st.header("Retention", anchor=False, help=words.RETENTION_HELP)
    arms = [arm for arm in shown.at_budget if arm.keys]
    before = shown.found.before.get(shown.compression)
    if not arms and before is None:
        st.info(words.nothing_at(shown.budget), icon=":material/info:")
        return
    _heat_map(shown, arms, before)
    _lines(shown, arms, before)


def _heat_map(shown: Shown, arms: list[Repeats], before: np.ndarray | None) -> None:
    names = [name for _, name in shown.found.capabilities]
    rows, values, hovers = [], [], []
    keys: list[str | None] = []  # of the cell that a square shows
    if before is not None:
        rows.append(_BEFORE)
        values.append([*before, *_mean_and_worst(before)])
        hovers += [f"{_BEFORE}<br>{label(name)}: {_percent(v)}" for name, v in zip(
            [*names, "mean", "worst"], values[-1], strict=True)]  # fmt: skip
        keys += [None] * (len(names) + 2)
    for arm in arms:
        rows.append(arm.arm.selector)
        shares = _means(arm.shares)
        values.append([*shares, arm.mean.mean(), arm.worst.mean()])
        each = [*arm.shares.T, arm.mean, arm.worst]
        keys += [arm.keys[0]] * len(each)
        hovers += [
            f"<b>{label(arm.arm.selector)}</b><br>{label(name)}: "
            f"{words.plus_minus(list(seeds), words.PERCENT)}<br>each seed: {_listed(seeds)}"
            for name, seeds in zip([*names, "mean", "worst"], each, strict=True)
        ]
    figure(
        retention_figure(np.array(values), rows, [*names, "Mean", "Worst"], hovers),
        _KEY_MAP,
        "Retention in percent by selector and capability, in the mean and of the worst. The table below "
        "has mean and worst with their spread.",
        offer=Offer(
            _name(shown, "retention"),
            f"Retention in percent at {shown.budget}",
            lambda: matrix_data(
                100 * np.array(values), rows, [*names, "Mean", "Worst"], "Retention (%)"
            ),
        ),
        on_select=cell.picked(_KEY_MAP, [[], keys], "retention"),
        selection_mode="points",
    )
    st.caption(
        f"Percent of the original's score above chance, mean over seeds, at {labels.plain(shown.budget)}. "
        "The darker, the more is retained. Point at a square for its seeds; a click shows its first one "
        "below."
    )
    cell.detail(shown, "retention")


def _name(shown: Shown, what: str) -> str:
    return file_name(shown.folder.name, what, shown.part, shown.compression, shown.budget)


def _lines(shown: Shown, arms: list[Repeats], before: np.ndarray | None) -> None:
    names = [name for _, name in shown.found.capabilities]
    lines = []
    if before is not None:
        mean, worst = _mean_and_worst(before)
        where = "" if np.isnan(before).all() else f" {names[int(np.nanargmin(before))]}"
        lines.append([_BEFORE, _percent(mean), f"{_percent(worst)}{where}", "–"])
    for arm in arms:
        often = [names[k] for k in arm.worst_of if k >= 0]
        where = labels.listing(sorted(set(often), key=lambda name: -often.count(name)), 2)
        lines.append(
            [
                arm.arm.selector,
                words.plus_minus(list(arm.mean), words.PERCENT),
                f"{words.plus_minus(list(arm.worst), words.PERCENT)} {where}",
                words.seeds(arm),
            ]
        )
    small_table(
        ["Selector", "Mean retention", "Worst capability", "Seeds"],
        lines,
        alt="Mean and worst retention by selector",
        name=_name(shown, "retention-by-seed"),
        data=lambda: studies.arms_frame(shown.found, arms),
        n=sum(len(arm.keys) for arm in arms),
    )
    st.caption("Mean ± standard deviation over seeds.")


def table(shown: Shown) -> None:
    """Mean and worst retention of every selector at every budget."""
    budgets = [b for b in shown.study.budgets if any(a.arm.budget == b for a in shown.arms)]
    if len(budgets) < 2:  # what there is stands above
        return
    st.header("Retention by budget", anchor=False)
    known = {(arm.arm.selector, arm.arm.budget): arm for arm in shown.arms}
    for title, measure in (("Mean retention", "mean"), ("Worst capability", "worst")):
        small_table(
            [title, *budgets],
            [
                [selector, *(_cell(known.get((selector, b)), measure) for b in budgets)]
                for selector in shown.selectors
                if any((selector, b) in known for b in budgets)
            ],
            alt=f"{title} by selector and budget",
            name=_name(shown, f"{measure}-by-budget"),
            data=lambda: studies.arms_frame(shown.found, shown.arms),
            n=sum(len(arm.keys) for arm in shown.arms),
        )
    st.caption(
        "Percent, mean ± standard deviation over seeds. Nothing is in bold here: which differences are "
        "more than chance, the tests below say."
    )


def _cell(arm: Repeats | None, measure: str) -> str:
    if arm is None:
        return "not in the grid"
    return words.plus_minus(list(getattr(arm, measure))) if arm.keys else words.seeds(arm)


def _means(shares: np.ndarray) -> np.ndarray:
    """``(K,)`` over seeds; a capability is NaN in all of them or in none."""
    means: np.ndarray = shares.mean(axis=0)
    return means


def _mean_and_worst(shares: np.ndarray) -> tuple[float, float]:
    known = shares[np.isfinite(shares)]
    return (float(known.mean()), float(known.min())) if len(known) else (np.nan, np.nan)


def _percent(value: float) -> str:
    return "–" if np.isnan(value) else f"{100 * value:.1f} %"


def _listed(seeds: np.ndarray) -> str:
    return ", ".join("–" if np.isnan(one) else f"{100 * one:.0f}" for one in seeds[:12])
