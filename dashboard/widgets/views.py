"""Saved views: the page as it is narrowed and set, under a name, for everybody who opens this run."""

from __future__ import annotations

from functools import partial
from urllib.parse import urlencode

import streamlit as st

from dashboard import labels
from dashboard.state import address, focus, session
from dashboard.widgets.decisions import attempt
from dashboard.widgets.frame import View, tell_here
from dashboard.widgets.parts import button
from paser_core.review import SavedView, when

_PLACE = "views"
_KEY_NAME = "view-name"


def saved(view: View) -> None:
    """The views of this run, and a name for the one on show; at the end of the side bar."""
    known = view.decided.views
    label = f"Views · {len(known)}" if known else "Views"
    # Whole from the start, so that it opens to where there is room.
    with st.popover(label, icon=":material/bookmark:", width="stretch"):
        tell_here(_PLACE)
        for one, edit in known.items():
            with st.container(horizontal=True, vertical_alignment="center"):
                told = (
                    f"{_page(one.page)}. Saved by {edit.author} {when(edit)}. Opens in a new tab."
                )
                name = labels.plain(labels.excerpt(one.name, 40))
                st.link_button(name, _link(one), help=labels.plain(told), width="stretch")
                button(
                    "", f"view-remove-{edit.id}", "delete", _remove, view, edit.id, help="Remove"
                )
        st.text_input(
            "Name this view",
            key=_KEY_NAME,
            placeholder="What it shows",
            on_change="ignore",
            help="Page, knobs, filters, search and what is on show. Samples picked with a lasso are not "
            "in it: they stay in this tab.",
        )
        button("Save", "view-save", "bookmark_add", _save, view)


def _page(path: str) -> str:
    return "Overview" if not path else path.replace("_", " ").capitalize()


def _link(one: SavedView) -> str:
    # From the root of the app, which is one level above every page.
    return f"./{one.page}?{one.query}"


def _save(view: View) -> None:
    now = SavedView(
        session.get(_KEY_NAME) or "",
        focus.page_path(),
        urlencode(address.whole_address(), doseq=True),
    )
    save = partial(view.review.save_view, now)
    attempt(lambda author: save(author=author), "The view is saved.", _KEY_NAME, where=_PLACE)


def _remove(view: View, edit: int) -> None:
    seen = view.decided.revision
    attempt(
        lambda author: view.review.undo(edit, author=author, seen=seen), "Removed.", where=_PLACE
    )
