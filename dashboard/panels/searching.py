"""The search box: by words, by pattern, by meaning. The same query on every page that has it."""

from __future__ import annotations

from typing import Any

from dashboard import runs, state
from dashboard.panels.frame import View, show_error
from paser_core.errors import PaserError
from paser_core.search import Hits, SearchMode

_MODES = {
    SearchMode.KEYWORD: "Words",
    SearchMode.REGEX: "Pattern",
    SearchMode.MEANING: "Meaning",
}


def box(view: View, text: Any, mode: Any) -> Hits | None:
    """Draw the query into one container and how it is read into another; None without a query."""
    query = text.text_input(
        "Search",
        key=state.KEY_QUERY,
        type="search",
        icon=":material/search:",
        placeholder="Find samples",
        bind="query-params",
        persist_state="session",
    )
    chosen = mode.segmented_control(
        "Search by",
        [str(m) for m in SearchMode],
        format_func=lambda m: _MODES[SearchMode(m)],
        default=str(SearchMode.KEYWORD),
        key=state.KEY_MODE,
        bind="query-params",
        persist_state="session",
        required=True,
        help="Words: all of them, in any order. Pattern: a regular expression. Meaning: the 100 "
        "samples closest to your words by the run's sentence encoder.",
    )
    if not (query or "").strip():
        return None
    try:
        return runs.search(view.run, query, SearchMode(chosen or SearchMode.KEYWORD))
    except PaserError as error:
        show_error(error)
        return None
