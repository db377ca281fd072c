"""The search box: by words, by pattern, by meaning, by id. The same query on every page that has it."""

from __future__ import annotations

from functools import partial
from typing import Any

from dashboard import labels
from dashboard.runs import searches
from dashboard.state import filters, session
from dashboard.widgets.frame import View, show_error
from dashboard.widgets.parts import segments
from paser_core.errors import PaserError
from paser_core.explain.search import Hits, SearchMode

_MODES = {
    SearchMode.KEYWORD: "Words",
    SearchMode.REGEX: "Pattern",
    SearchMode.MEANING: "Meaning",
    SearchMode.ID: "Id",
}


def box(view: View, text: Any, mode: Any) -> Hits | None:
    """Draw the query into one container and how it is read into another; None without a query."""
    query = text.text_input(
        "Search",
        key=session.KEY_QUERY,
        type="search",
        icon=":material/search:",
        placeholder="Find samples",
        width=240,
        bind="query-params",
        persist_state="session",
    )
    chosen: SearchMode = segments(
        "Search by",
        list(SearchMode),
        session.KEY_MODE,
        at=mode,
        label_of=_MODES.__getitem__,
        in_address=True,
        help="Words: all of them, in any order. Pattern: a regular expression. Meaning: the samples "
        "that are closer to your words, by the run's sentence encoder, than 99 of 100 pairs of samples "
        "from different clusters are to each other. Id: the samples whose id has one of your words in it.",
    )
    if not (query or "").strip():
        return None
    said = f"{_MODES[chosen]} “{labels.excerpt(query, 40)}”"
    release = partial(session.put, session.KEY_QUERY, "")
    try:
        hits = searches.search(view.run, query, chosen)
    except PaserError as error:
        filters.narrow("search", f"{said}: cannot be used, so it narrows nothing", release)
        show_error(error)
        return None
    least = "" if hits.least is None else f" with cosine ≥ {hits.least:.2f}"
    filters.narrow(
        "search",
        f"{said}: {labels.count(len(hits.rows))} found{least}{_by_id(view, query, chosen, hits)}",
        release,
    )
    return hits


def _by_id(view: View, query: str, chosen: SearchMode, hits: Hits) -> str:
    """Who typed an id where texts are looked through learns that there is such a sample."""
    if len(hits.rows) or chosen is SearchMode.ID:
        return ""
    number = len(searches.search(view.run, query, SearchMode.ID).rows)
    return f"; {labels.plural(number, 'id')} would be found by Id" if number else ""
