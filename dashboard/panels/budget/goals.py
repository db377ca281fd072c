"""A budget by what it shall reach: the goal is chosen, the budget is looked for and said with its reason."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dashboard import labels
from dashboard.runs.goals import budget_for
from dashboard.state import session
from dashboard.state.choices import choose_one
from dashboard.widgets.frame import View
from dashboard.widgets.parts import button
from paser_core.config import GoalConfig, describe
from paser_core.errors import PaserError
from paser_core.recover.cost import TrainingCost

# What the field holds first, by goal: what people ask for; the smallest step is a hundredth of it or so.
_FIRST: dict[str, int | float] = {
    "covered": 0.7,
    "tokens": 100_000,
    "gpu_hours": 1.0,
    "marginal": 0.05,
    "balance": 0.5,
}
_STEPS: dict[str, int | float] = {
    "covered": 0.05,
    "tokens": 10_000,
    "gpu_hours": 0.1,
    "marginal": 0.005,
    "balance": 0.05,
}
_WITHOUT_DAMAGE = ("tokens", "gpu_hours")


def panel(view: View, cost: TrainingCost) -> None:
    """Choose a goal, see the budget, take it; ``cost``: what training takes."""
    known = {field.path.rsplit(".", 1)[-1]: field for field in describe(GoalConfig).values()}
    names = [name for name in known if view.run.has_models or name in _WITHOUT_DAMAGE]
    with st.container(border=True, key="goal"):
        left, middle, right = st.columns((4, 2, 6), vertical_alignment="bottom")
        name = choose_one(
            left.selectbox,
            "Ask for a goal",
            names,
            key="goal-kind",
            label_of=lambda one: known[one].label,
        )
        value = _value(middle, name, known[name])
        if value is None:
            return
        try:
            goal = GoalConfig.of_tree({name: value})
            asked = None if goal.gpu_hours is None else cost
            found = budget_for(view.run, view.setting, goal, view.names, asked)
        except PaserError as error:  # nobody's mistake: this setting or run has no answer to it
            st.text(str(error))
            return
        if found.budget is None:
            right.markdown(":orange[:material/warning:] No budget reaches it.")
        else:
            samples = labels.plural(found.budget, "sample")
            with right:
                button(
                    f"Set the budget to {samples}",
                    "goal-take",
                    "flag",
                    session.put,
                    session.KEY_BUDGET,
                    found.budget,
                    disabled=found.budget == view.selection.budget if view.selection else False,
                )
        st.text(labels.together(found.reason))


def _value(at: Any, name: str, field: Any) -> int | float | None:
    """What the goal shall be, in a field with the bounds of the config; None: it is empty."""
    kind = type(_FIRST[name])
    chosen: int | float | None = at.number_input(
        "Value",
        min_value=None if field.low is None else kind(field.low),
        max_value=None if field.high is None else kind(field.high),
        value=_FIRST[name],
        step=_STEPS[name],
        format="%d" if kind is int else "%g",
        key=f"goal-{name}",
        help=field.help,
    )
    return chosen
