"""What every page shares: the run, the knobs in the side bar, and errors in sentences."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from dashboard import places, runs, state, words
from dashboard.panels import people
from paser_core.config import AllocationRule, ConceptsConfig, Order, SelectionConfig
from paser_core.errors import PaserError
from paser_core.review import Review, ReviewState
from paser_core.run import Run
from paser_core.selection import Selection, resolve_budget

_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class View:
    """The run and the answer that a page shows."""

    run: Run
    setting: runs.Setting
    selection: Selection | None  # None: the run has no models
    review: Review
    decided: ReviewState  # what people decided so far
    names: tuple[str, ...]  # (K,) names of the clusters, people's before ours

    @property
    def knobs(self) -> SelectionConfig:
        """The knobs of the selection."""
        return self.setting.selection


def open_view() -> View:
    """Draw the side bar and answer with the current knobs; stops the page with a sentence on error."""
    _through_the_app()
    try:
        run = _choose_run()
        review = runs.review_of(run)
        decided = review.state()
        setting = runs.setting_of(run, *_knobs(run), decided.forced_in, decided.forced_out)
        selection = runs.select(run, setting) if run.has_models else None
    except PaserError as error:
        show_error(error)
        st.stop()
    with st.sidebar:
        _linked(run)
        people.who()
    return View(run, setting, selection, review, decided, decided.names_with(run.names))


def title(text: str, explanation: str) -> None:
    """Page title with one line below it, and what the last edit has to say."""
    _through_the_app()
    st.title(text, anchor=False)
    st.caption(explanation)
    message = state.told()
    if message is not None and message.is_error:
        st.error(words.plain(message.text), icon=":material/error:")
        # The button that was pressed may be far below: say it where the person looks, too.
        st.toast(words.plain(message.text), icon=":material/error:", duration="long")
    elif message is not None:
        st.toast(words.plain(message.text), icon=":material/check:")


def _through_the_app() -> None:
    """Run the app where Streamlit ran a page of it alone.

    With a folder called ``pages``, the first address that a new server is asked for runs that page
    and not the app. ``st.navigation`` ends that, for the whole process.
    """
    if not state.entered():
        app = st.Page(_ROOT / "streamlit_app.py", default=True)
        pages = [st.Page(page) for page in sorted((_ROOT / "pages").glob("[!_]*.py"))]
        st.navigation([app, *pages], position="hidden")
        st.rerun()


def show_error(error: PaserError) -> None:
    """A user's mistake as one message, in the words of the command line."""
    st.error(words.plain(str(error)), icon=":material/error:")


def no_models() -> None:
    """What a page says on a run without models."""
    st.info(f"**{words.NO_MODELS_TITLE}.** {words.NO_MODELS_TEXT}", icon=":material/info:")


def warnings(view: View) -> None:
    """What is worth acting on."""
    for warning in view.selection.warnings if view.selection else ():
        st.warning(words.plain(warning), icon=":material/warning:")


def _choose_run() -> Run:
    paths = runs.available()
    if len(paths) == 1:
        return runs.open_run(paths[0])
    named = places.named(paths)
    chosen = st.sidebar.selectbox(
        "Run", list(named), key=state.KEY_RUN, bind="query-params", persist_state="session"
    )
    state.keep(state.KEY_RUN, chosen)
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
        state.keep(state.KEY_BUDGET, budget)
        state.keep(state.KEY_TEMPERATURE, temperature)
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
    state.keep(state.KEY_RULE, rule)
    state.keep(state.KEY_ORDER, order)
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
    for key, value in (
        (state.KEY_PER_SAMPLE, per_sample),
        (state.KEY_MAX_WORDS, longest),
        (state.KEY_MAX_FREQUENCY, frequency),
    ):
        state.keep(key, value)
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
