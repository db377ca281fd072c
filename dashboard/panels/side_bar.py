"""The side bar: the run, the knobs, what is picked, who is looking. Drawn by the app, not by a page.

Widgets of the app keep their values and their place in the address when another page is opened;
those of a page lose both.
"""

from __future__ import annotations

import streamlit as st

from dashboard import places, runs, state, words
from dashboard.panels import people
from dashboard.panels.frame import View
from paser_core.config import AllocationRule, ConceptsConfig, Order, SelectionConfig
from paser_core.errors import PaserError
from paser_core.run import Run
from paser_core.selection import resolve_budget


def draw() -> None:
    """Draw it, and keep the view that it makes, or the error, for the page that comes."""
    try:
        view = _view()
    except PaserError as error:
        state.hold(error)
        return
    state.hold(view)
    with st.sidebar:
        _linked(view.run)
        people.who()


def _view() -> View:
    run = _choose_run()
    review = runs.review_of(run)
    decided = review.state()
    setting = runs.setting_of(run, *_knobs(run), decided.forced_in, decided.forced_out)
    selection = runs.select(run, setting) if run.has_models else None
    return View(run, setting, selection, review, decided, decided.names_with(run.names))


def _choose_run() -> Run:
    paths = runs.available()
    if len(paths) == 1:
        return runs.open_run(paths[0])
    named = places.named(paths)
    chosen = st.sidebar.selectbox(
        "Run", list(named), key=state.KEY_RUN, bind="query-params", persist_state="session"
    )
    return runs.open_run(named[chosen])


def _knobs(run: Run) -> tuple[SelectionConfig, ConceptsConfig]:
    default = run.config.selection
    if not run.has_models:
        return default, run.config.concepts
    usable = max(int(run.valid.sum()), 2)
    with st.sidebar:
        state.fit(state.KEY_BUDGET, 1, usable)
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
        with st.expander("Rule and order", icon=":material/rule:"):
            rule, order = _rule_and_order()
        with st.expander("Concepts", icon=":material/hub:"):
            concepts = _concept_knobs(run.config.concepts)
    return (
        SelectionConfig(
            float(budget), float(temperature), rule or default.allocation, order or default.order
        ),
        concepts,
    )


def _rule_and_order() -> tuple[AllocationRule | None, Order | None]:
    rule = st.selectbox(
        "Allocation",
        list(AllocationRule),
        format_func=words.RULES.__getitem__,
        key=state.KEY_RULE,
        bind="query-params",
        persist_state="session",
    )
    order = st.selectbox(
        "Order",
        list(Order),
        format_func=words.ORDERS.__getitem__,
        key=state.KEY_ORDER,
        bind="query-params",
        persist_state="session",
    )
    return rule, order


def _concept_knobs(default: ConceptsConfig) -> ConceptsConfig:
    per_sample = st.slider(
        "Concepts per sample",
        0,
        24,
        min(default.per_sample, 24),
        key=state.KEY_PER_SAMPLE,
        help=words.HELP_PER_SAMPLE,
        bind="query-params",
        persist_state="session",
    )
    longest = st.slider(
        "Longest phrase (words)",
        1,
        5,
        min(default.max_words, 5),
        key=state.KEY_MAX_WORDS,
        help=words.HELP_MAX_WORDS,
        bind="query-params",
        persist_state="session",
    )
    frequency = st.number_input(
        "Most frequent phrase (% of samples)",
        0.0,
        100.0,
        default.max_document_frequency * 100,
        0.1,
        format="%.2f",
        key=state.KEY_MAX_FREQUENCY,
        help=words.HELP_MAX_FREQUENCY,
        bind="query-params",
        persist_state="session",
    )
    # Rounded: a percentage and back must give the default again, to the last bit.
    return ConceptsConfig(int(per_sample), int(longest), round(frequency / 100, 10))


def _linked(run: Run) -> None:
    """What was picked on some page, and how to let it go."""
    linked = state.linked()
    if linked is None:
        return
    here = len(runs.rows_of(run, linked.ids))
    with st.container(border=True):
        st.text(f"{words.plural(here, 'sample')} picked: {linked.origin}")
        missing = len(linked.ids) - here
        if missing:
            st.caption(f"{words.plural(missing, 'more sample')} of it are not in this run.")
        st.button(
            "Let go",
            key="unlink",
            icon=":material/close:",
            on_click=state.link,
            args=(None,),
            help="Show all samples again, on every page.",
        )
