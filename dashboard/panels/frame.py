"""What every page shares: the run, the knobs in the side bar, and errors in sentences."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from dashboard import runs, state, words
from paser_core.config import AllocationRule, Order, SelectionConfig
from paser_core.errors import PaserError
from paser_core.run import Run
from paser_core.selection import Selection, resolve_budget


@dataclass(frozen=True)
class View:
    """The run and the answer that a page shows."""

    run: Run
    knobs: SelectionConfig
    selection: Selection | None  # None: the run has no models


def open_view() -> View:
    """Draw the side bar and answer with the current knobs; stops the page with a sentence on error."""
    try:
        run = _choose_run()
        knobs = _knobs(run)
        selection = runs.select(run, knobs) if run.has_models else None
    except PaserError as error:
        st.error(_plain(str(error)), icon=":material/error:")
        st.stop()
    return View(run, knobs, selection)


def title(text: str, explanation: str) -> None:
    """Page title with one line below it."""
    st.title(text, anchor=False)
    st.caption(explanation)


def no_models() -> None:
    """What a page says on a run without models."""
    st.info(f"**{words.NO_MODELS_TITLE}.** {words.NO_MODELS_TEXT}", icon=":material/info:")


def warnings(view: View) -> None:
    """What is worth acting on."""
    for warning in view.selection.warnings if view.selection else ():
        st.warning(_plain(warning), icon=":material/warning:")


def _choose_run() -> Run:
    paths = runs.available()
    if len(paths) == 1:
        return runs.open_run(paths[0])
    names = [p.name for p in paths]
    chosen = st.sidebar.selectbox(
        "Run", names, key=state.KEY_RUN, bind="query-params", persist_state="session"
    )
    return runs.open_run(paths[names.index(chosen)])


def _knobs(run: Run) -> SelectionConfig:
    if not run.has_models:
        return run.config.selection
    default = run.config.selection
    usable = max(int(run.valid.sum()), 2)
    with st.sidebar:
        budget = st.slider(
            "Budget (samples)",
            1,
            usable,
            min(max(resolve_budget(default.budget, run.n), 1), usable),
            key=state.KEY_BUDGET,
            help=words.HELP_BUDGET,
            bind="query-params",
            persist_state="session",
        )
        st.caption(f"{words.share(budget, run.n)} of all {words.count(run.n)} samples")
        temperature = st.slider(
            "Temperature",
            0.25,
            4.0,
            float(default.temperature),
            0.05,
            key=state.KEY_TEMPERATURE,
            help=words.HELP_TEMPERATURE,
            bind="query-params",
            persist_state="session",
        )
        state.keep(state.KEY_BUDGET, budget)
        state.keep(state.KEY_TEMPERATURE, temperature)
        with st.expander("Rule and order"):
            rule = st.selectbox(
                "Allocation",
                list(AllocationRule),
                format_func=words.RULES.__getitem__,
                key=state.KEY_RULE,
                persist_state="session",
            )
            order = st.selectbox(
                "Order",
                list(Order),
                format_func=words.ORDERS.__getitem__,
                key=state.KEY_ORDER,
                persist_state="session",
            )
    return SelectionConfig(
        float(budget), float(temperature), rule or default.allocation, order or default.order
    )


def _plain(text: str) -> str:
    """Text that Markdown leaves alone."""
    for sign in "\\`*_[]<>$#:":
        text = text.replace(sign, f"\\{sign}")
    return text
