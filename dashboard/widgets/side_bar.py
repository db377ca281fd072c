"""The side bar: the run, the knobs, who is looking. Drawn by the app, not by a page.

Widgets of the app keep their values and their place in the address when another page is opened;
those of a page lose both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from dashboard import labels
from dashboard.runs import opening, selections
from dashboard.state import address, choices, focus, run_shown, session
from dashboard.widgets import overfull, people, rules, tab_memory, views
from dashboard.widgets.frame import Instead, View
from paser_core.config import (
    Aggregate,
    AllocationRule,
    ConceptsConfig,
    Order,
    RunConfig,
    describe,
    of_count,
)
from paser_core.errors import PaserError, SelectionError
from paser_core.registry import SIGNALS
from paser_core.runs import Run
from paser_core.runs.signals import not_measured
from paser_core.selection import Setting, resolve_budget, selector_of
from paser_core.selection.measures import AGGREGATES
from paser_core.stages.divergence import signal_of

_FIELDS = describe(RunConfig)
_NO_PART = (
    "These have no part in it: this selector gives no seats to clusters, or decides by itself."
)


def draw() -> None:
    """Draw it, and keep the view that it makes, or what stands in its way, for the page that comes."""
    try:
        view = _view()
    except PaserError as error:
        focus.keep_view(error)
        return
    focus.keep_view(_answered(view))
    with st.sidebar:
        views.saved(view)
        people.who()
        tab_memory.keep(view)


def _view() -> View:
    run = _choose_run()
    # As it was made: corrected clusters keep their numbers, so who looks at one goes on looking at it.
    focus.enter_run(run.content, run.manifest["data"]["sha256"])
    review = opening.review_of(run)
    decided = review.state()
    run = opening.corrected_run(run, decided.corrections)
    focus.settle_sample(lambda sample_id: opening.row_of(run, sample_id) is not None)
    focus.settle_cluster(run.n_clusters)
    setting = selections.with_people(run, _knobs(run), decided)
    return View(run, setting, None, review, decided, decided.names_with(run.names))


def _answered(view: View) -> View | Instead:
    """With the selection, where there is one; people may have forced in more than the budget."""
    if not rules.works_on(view.run, selector_of(view.setting.selector)):
        return view
    budget = resolve_budget(view.setting.budget, view.run.n)
    try:
        with st.spinner("Selecting …", show_time=True):
            return replace(view, selection=selections.select(view.run, view.setting))
    except PaserError as error:
        if isinstance(error, SelectionError) and len(view.setting.forced_in) > budget:
            return Instead(partial(overfull.show, view, error))
        return Instead(partial(rules.cannot, view, error))


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
    usable = max(int(run.valid.sum()), 2)
    with st.sidebar:
        chosen = rules.choose(run, default)
        if chosen is None:
            return default
        session.clamp(session.KEY_BUDGET, 1, usable)
        start = min(max(resolve_budget(default.budget, run.n), 1), usable)
        budget = _number(
            "selection.budget", session.KEY_BUDGET, start, unit="samples", low=1, high=usable
        )
        st.caption(f"{labels.share(budget, run.n)} of all {labels.count(run.n)} samples")
        if run.has_models:
            chosen = _measured(run, chosen)
        selector = selector_of(chosen.selector)
        with st.expander("Rule and order", icon=":material/rule:"):
            if selector.weights is None or selector.allocation or selector.order:
                st.caption(_NO_PART)
            rule, order = _rule_and_order(default)
        with st.expander("Conflict rules", icon=":material/hub:"):
            if selector.graph_told:
                st.caption(selector.graph_told)
            concepts = _concept_knobs(default.concepts)
    return replace(chosen, budget=of_count(budget), allocation=rule, order=order, concepts=concepts)


def _measured(run: Run, setting: Setting) -> Setting:
    """With the damage that is chosen, and the temperature it is measured at."""
    with st.expander("Damage", icon=":material/straighten:"):
        signal, aggregate = _damage(run, setting)
    damage = replace(setting, signal=signal, aggregate=aggregate)
    temperature = _number(
        "selection.temperature",
        session.KEY_TEMPERATURE,
        setting.temperature,
        step=0.05,
        disabled=not damage.tempered,
    )
    if not damage.tempered:
        st.caption("No part in this damage, which is measured at temperature 1.")
    return replace(damage, temperature=temperature)


def _damage(run: Run, default: Setting) -> tuple[str, Aggregate]:
    """The signal and the aggregate, of those that the run has."""
    known = selections.signals_of(run)
    # What the run's config begins with stays in the list: where it was not measured, the page says so.
    signals = list(dict.fromkeys((*known, default.signal)))
    aggregates = list(Aggregate) if len(known) > 1 else [Aggregate.MEAN]
    aggregates = list(dict.fromkeys((*aggregates, default.aggregate)))
    signal = choices.choose_one(
        st.selectbox,
        _FIELDS["selection.signal"].label,
        signals,
        default=default.signal,
        label_of=lambda name: labels.capital(signal_of(name).label),
        key=session.KEY_SIGNAL,
        in_address=True,
        cure_of=lambda name: not_measured(run, name, Aggregate.MEAN) if name in SIGNALS else "",
        help=_FIELDS["selection.signal"].help,
    )
    aggregate = choices.choose_one(
        st.selectbox,
        _FIELDS["selection.aggregate"].label,
        aggregates,
        default=default.aggregate,
        label_of=AGGREGATES.__getitem__,
        key=session.KEY_AGGREGATE,
        in_address=True,
        cure_of=lambda name: not_measured(run, signal, name) if name in list(Aggregate) else "",
        help=_FIELDS["selection.aggregate"].help,
    )
    st.caption(labels.plain(signal_of(signal).means))
    if len(known) == 1:
        st.caption(
            "This run has the paper's signal only. `paser run CONFIG --out RUN --again divergence` "
            "measures the others."
        )
    return signal, aggregate


def _rule_and_order(default: Setting) -> tuple[AllocationRule, Order]:
    rule = choices.choose_one(
        st.selectbox,
        _FIELDS["selection.allocation"].label,
        list(AllocationRule),
        default=default.allocation,
        label_of=labels.RULES.__getitem__,
        key=session.KEY_RULE,
        in_address=True,
    )
    order = choices.choose_one(
        st.selectbox,
        _FIELDS["selection.order"].label,
        list(Order),
        default=default.order,
        label_of=labels.ORDERS.__getitem__,
        key=session.KEY_ORDER,
        in_address=True,
    )
    return rule, order


def _concept_knobs(default: ConceptsConfig) -> ConceptsConfig:
    per_sample = _number("concepts.per_sample", session.KEY_PER_SAMPLE, default.per_sample)
    longest = _number("concepts.max_words", session.KEY_MAX_WORDS, default.max_words, unit="words")
    frequency = _number(
        "concepts.max_document_frequency",
        session.KEY_MAX_FREQUENCY,
        default.max_document_frequency * 100,
        draw=st.number_input,
        unit="% of samples",
        high=100.0,
        step=0.1,
        format="%.2f",
    )
    # Rounded: a percentage and back must give the default again, to the last bit.
    return ConceptsConfig(per_sample, longest, round(frequency / 100, 10))


def _number(
    path: str,
    key: str,
    start: Any,
    *,
    draw: Callable[..., Any] = st.slider,
    unit: str = "",
    low: float | None = None,
    high: float | None = None,
    **looks: Any,
) -> Any:
    """A number of the setting, in the words and the range that its field says.

    Args:
        path: the field.
        key: what the session and the address call it.
        start: where it starts.
        draw: the widget.
        unit: said in its label, where it is not that of the field.
        low: smallest value, where it is not that of the field.
        high: the largest.
        looks: for ``draw``.
    """
    field, kind = _FIELDS[path], type(start)
    least = kind(field.low if low is None else low)
    most = kind(field.high if high is None else high)
    chosen = draw(
        f"{field.label} ({unit})" if unit else field.label,
        least,
        most,
        min(start, most),
        key=key,
        help=field.help,
        bind="query-params",
        persist_state="session",
        **looks,
    )
    address.check_number(key, chosen, least, most)
    return chosen
