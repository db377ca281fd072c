"""How long training on the budget takes, by what is known of the training; nothing of it is guessed."""

from __future__ import annotations

import streamlit as st

from dashboard import labels
from dashboard.runs import recovered
from dashboard.state import session
from dashboard.state.choices import choose_one
from dashboard.widgets.frame import View
from paser_core.config import describe
from paser_core.explain.training_cost import cost_of
from paser_core.recover.cost import Accelerator, TrainingConfig, TrainingCost
from paser_core.recover.settings import Adapter
from paser_core.selection import Selection

_FIELDS = {path.rpartition(".")[2]: field for path, field in describe(TrainingConfig).items()}


def cost(view: View) -> TrainingCost:
    """What training takes, by the form of this page: the core's, as in a shell."""
    return cost_of(view.run, _typed(), recovered.found_for(view.run))


def time(view: View, selection: Selection, known: TrainingCost) -> None:
    """The time of the budget as it is, how that is known, and what there is to say of the training."""
    tokens = int(view.run.tokens[selection.rows].sum())
    if not tokens:  # no model has read the samples
        return
    st.text(labels.together(known.told(tokens)))
    with st.expander("Training time", icon=":material/timer:", key="training"):
        st.caption(
            "Tokens × epochs / tokens a second, in hours of one GPU. Tokens are those of prompts and "
            "responses, padding left out. Nothing here changes what is selected."
        )
        first, second, third, fourth, fifth = st.columns(5, vertical_alignment="bottom")
        with first:
            _number("tokens_per_second", None, 100.0)
        with second:
            _number("epochs", TrainingConfig().epochs, 1)
        choose_one(
            third.selectbox,
            _FIELDS["device"].label,
            list(Accelerator),
            key=_key("device"),
            default=None,
            placeholder="none named",
            help=_FIELDS["device"].help,
        )
        with fourth:
            _number("utilization", TrainingConfig().utilization, 0.05)
        choose_one(
            fifth.selectbox,
            _FIELDS["adapter"].label,
            list(Adapter),
            key=_key("adapter"),
            help=_FIELDS["adapter"].help,
        )


def _number(name: str, start: float | None, step: float) -> None:
    field, kind = _FIELDS[name], type(step)
    st.number_input(
        field.label,
        min_value=None if field.low is None else kind(field.low),
        max_value=None if field.high is None else kind(field.high),
        value=start,
        step=step,
        format="%d" if kind is int else "%g",
        placeholder="not known",
        key=_key(name),
        persist_state="session",
        help=f"{field.help} Why this default: {field.why}.",
    )


def _typed() -> TrainingConfig:
    known = {name: session.get(_key(name)) for name in _FIELDS}
    return TrainingConfig.of_tree({name: v for name, v in known.items() if v is not None})


def _key(name: str) -> str:
    return f"training-{name}"
