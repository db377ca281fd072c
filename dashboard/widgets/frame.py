"""What every page shares: the view of the run, titles, and errors in sentences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import streamlit as st

from dashboard import labels, serving
from dashboard.state import focus, messages, run_shown
from dashboard.widgets.download import HIDE_OWN
from paser_core.errors import PaserError
from paser_core.review import Review, ReviewState
from paser_core.runs import Run
from paser_core.selection import Selection, Setting

_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class View:
    """The run and the answer that a page shows."""

    run: Run
    setting: Setting
    selection: Selection | None  # None: no models, and no selector that does without
    review: Review
    decided: ReviewState  # what people decided so far
    names: tuple[str, ...]  # (K,) names of the clusters, people's before ours


@dataclass(frozen=True)
class Instead:
    """What the pages show in place of their own."""

    draw: Callable[[], None]


def open_view() -> View:
    """The view that the side bar made; stops the page with a sentence where there is none."""
    _through_the_app()
    held = focus.kept_view()
    if not isinstance(held, View):
        if isinstance(held, Instead):
            held.draw()
        elif isinstance(held, PaserError):
            show_error(held)
        st.stop()
    return held


def title(text: str, explanation: str) -> None:
    """Page title with one line below it, and what the last edit has to say of the page."""
    _through_the_app()
    st.html(HIDE_OWN)
    st.title(text, anchor=False)
    st.caption(explanation)
    _missed_run()
    tell_here("")


def tell_here(where: str | None) -> None:
    """What the last edit has to say about a place: a mistake there and nowhere else, a success aside.

    ``where``: the place; empty: the page; None: whatever nobody has told yet.
    """
    message = messages.take(where)
    if message is not None and message.is_error:
        st.error(labels.plain(message.text), icon=":material/error:")
    elif message is not None:
        st.toast(labels.plain(message.text), icon=":material/check:")


def _missed_run() -> None:
    missed = run_shown.missed_run()
    if missed is not None:
        unfinished = serving.find_name(missed.asked, serving.runs_by_name()) is not None
        said = labels.missed_run(missed.asked, missed.shown, unfinished=unfinished)
        st.info(labels.plain(said), icon=":material/info:")


def _through_the_app() -> None:
    """Run the app where Streamlit ran a page of it alone.

    With a folder called ``pages``, the first address that a new server is asked for runs that page
    and not the app. ``st.navigation`` ends that, for the whole process.
    """
    if not focus.app_has_run():
        app = st.Page(_ROOT / "streamlit_app.py", default=True)
        pages = [st.Page(page) for page in sorted((_ROOT / "pages").glob("[!_]*.py"))]
        st.navigation([app, *pages], position="hidden")
        st.rerun()


def go_to(page: str) -> NoReturn:
    """Open another page, e.g. ``pages/map.py``.

    With an empty address, and not with none: what the side bar's widgets have in it cannot be cleared,
    and they put it in again.
    """
    st.switch_page(page, query_params={})


def show_error(error: PaserError) -> None:
    """A user's mistake as one message, in the words of the command line."""
    st.error(labels.plain(str(error)), icon=":material/error:")


def no_models(view: View) -> None:
    """What a page says on a run without models."""
    text = labels.NO_MODELS_TEXT
    if view.selection is None:
        text = f"{text} {labels.NO_SELECTOR_TEXT}"
    st.info(f"**{labels.NO_MODELS_TITLE}.** {text}", icon=":material/info:")
    st.page_link("pages/new_run.py", label="Go to New run", icon=":material/add_circle:")


def warnings(view: View) -> None:
    """What is worth acting on."""
    for warning in view.selection.warnings if view.selection else ():
        st.warning(labels.plain(warning), icon=":material/warning:")
