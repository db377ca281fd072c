"""The side bar: the run, the knobs, who is looking. Drawn by the app, not by a page.

Widgets of the app keep their values and their place in the address when another page is opened;
those of a page lose both.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import streamlit as st

from dashboard import labels
from dashboard.runs import opening, selections
from dashboard.state import address, choices, focus, run_shown, session
from dashboard.widgets import overfull, people, tab_memory
from dashboard.widgets.frame import Instead, View
from paser_core.config import AllocationRule, ConceptsConfig, Order, SelectionConfig, of_count
from paser_core.errors import PaserError, SelectionError
from paser_core.runs import Run
from paser_core.selection import Setting, resolve_budget


def draw() -> None:
    """Draw it, and keep the view that it makes, or what stands in its way, for the page that comes."""
    try:
        view = _view()
    except PaserError as error:
        focus.keep_view(error)
        return
    focus.keep_view(_answered(view))
    with st.sidebar:
        people.who()
        tab_memory.keep(view)


def _view() -> View:
    run = _choose_run()
    focus.enter_run(run.content, run.manifest["data"]["sha256"])
    focus.settle_sample(lambda sample_id: opening.row_of(run, sample_id) is not None)
    focus.settle_cluster(run.n_clusters)
    review = opening.review_of(run)
    decided = review.state()
    setting = selections.with_people(run, _knobs(run), decided)
    return View(run, setting, None, review, decided, decided.names_with(run.names))


def _answered(view: View) -> View | Instead:
    """With the selection, where there are models; people may have forced in more than the budget."""
    if not view.run.has_models:
        return view
    try:
        return replace(view, selection=selections.select(view.run, view.setting))
    except SelectionError as error:
        return Instead(partial(overfull.show, view, error))


def _choose_run() -> Run:
    _broken()
    served = opening.served()
    names = {folder: name for name, folder in served.items()}
    folder = run_shown.settle_run(served)
    if len(served) > 1:
        folder = choices.choose_one(
            st.sidebar.selectbox,
            "Run",
            list(names),
            label_of=names.__getitem__,
            key=session.KEY_RUN,
        )
    run_shown.show_run(names[folder])
    return opening.open_run(folder)


def _broken() -> None:
    """What cannot be opened: a line each, folded, under the runs that can."""
    broken = opening.broken()
    if not broken:
        return
    label = f"{labels.plural(len(broken), 'run')} cannot be opened"
    with st.sidebar.expander(label, icon=":material/warning:"):
        for name, why in broken.items():
            st.caption(f"**{labels.plain(name)}**")
            st.text(why)


def _knobs(run: Run) -> Setting:
    default = Setting.of(run)
    if not run.has_models:
        return default
    usable = max(int(run.valid.sum()), 2)
    with st.sidebar:
        session.clamp(session.KEY_BUDGET, 1, usable)
        budget = st.slider(
            "Budget (samples)",
            1,
            usable,
            min(max(resolve_budget(default.budget, run.n), 1), usable),
            key=session.KEY_BUDGET,
            help=labels.HELP_BUDGET,
            bind="query-params",
            persist_state="session",
        )
        address.check_number(session.KEY_BUDGET, budget, 1, usable)
        st.caption(f"{labels.share(budget, run.n)} of all {labels.count(run.n)} samples")
        temperature = st.slider(
            "Temperature",
            0.25,
            4.0,
            float(default.temperature),
            0.05,
            key=session.KEY_TEMPERATURE,
            help=labels.HELP_TEMPERATURE,
            bind="query-params",
            persist_state="session",
        )
        address.check_number(session.KEY_TEMPERATURE, temperature, 0.25, 4.0)
        with st.expander("Rule and order", icon=":material/rule:"):
            rule, order = _rule_and_order(default)
        with st.expander("Concepts", icon=":material/hub:"):
            concepts = _concept_knobs(default.concepts)
    return Setting(of_count(budget), temperature, rule, order, concepts=concepts)


def _rule_and_order(default: SelectionConfig) -> tuple[AllocationRule, Order]:
    rule = choices.choose_one(
        st.selectbox,
        "Allocation",
        list(AllocationRule),
        default=default.allocation,
        label_of=labels.RULES.__getitem__,
        key=session.KEY_RULE,
        in_address=True,
    )
    order = choices.choose_one(
        st.selectbox,
        "Order",
        list(Order),
        default=default.order,
        label_of=labels.ORDERS.__getitem__,
        key=session.KEY_ORDER,
        in_address=True,
    )
    return rule, order


def _concept_knobs(default: ConceptsConfig) -> ConceptsConfig:
    per_sample = st.slider(
        "Concepts per sample",
        0,
        24,
        min(default.per_sample, 24),
        key=session.KEY_PER_SAMPLE,
        help=labels.HELP_PER_SAMPLE,
        bind="query-params",
        persist_state="session",
    )
    address.check_number(session.KEY_PER_SAMPLE, per_sample, 0, 24)
    longest = st.slider(
        "Longest phrase (words)",
        1,
        5,
        min(default.max_words, 5),
        key=session.KEY_MAX_WORDS,
        help=labels.HELP_MAX_WORDS,
        bind="query-params",
        persist_state="session",
    )
    address.check_number(session.KEY_MAX_WORDS, longest, 1, 5)
    frequency = st.number_input(
        "Most frequent phrase (% of samples)",
        0.0,
        100.0,
        default.max_document_frequency * 100,
        0.1,
        format="%.2f",
        key=session.KEY_MAX_FREQUENCY,
        help=labels.HELP_MAX_FREQUENCY,
        bind="query-params",
        persist_state="session",
    )
    address.check_number(session.KEY_MAX_FREQUENCY, frequency, 0.0, 100.0)
    # Rounded: a percentage and back must give the default again, to the last bit.
    return ConceptsConfig(int(per_sample), int(longest), round(frequency / 100, 10))
