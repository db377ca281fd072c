"""The top of every page: what of the address cannot be used, what is picked, what narrows the page.

Drawn after the page, into a place above it: only then is it known what narrows it.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import labels
from dashboard.runs import opening
from dashboard.state import address, filters, focus, session
from dashboard.widgets.frame import View, tell_here
from dashboard.widgets.parts import button

_LONGEST = 70  # letters of a filter


def draw(place: DeltaGenerator) -> None:
    """Fill the place above the page."""
    with place:
        tell_here(None)  # the place that it is about is not on this page
        _address()
        _measure()
        _narrowed()


def _address() -> None:
    said = [
        f"The address asks for {note.parameter} “{labels.excerpt(note.given, 60)}”, which cannot be "
        f"used here. Accepted: {note.accepted}. Shown instead: {labels.excerpt(note.shown, 120)}."
        + (f" {note.cure}" if note.cure else "")
        for note in address.misreadings()
    ]
    said += [_unknown(name) for name in address.never_asked_for() if name not in session.PARAMETERS]
    if not said:
        return
    lines, beside = st.columns([6, 1], vertical_alignment="center")
    # One box: two spaces and a line end are a new line in Markdown.
    lines.info("  \n".join(labels.plain(sentence) for sentence in said), icon=":material/link_off:")
    forget, told = address.forget_misreadings, "The line goes away."
    button("Noted", "forget-misreadings", "check", forget, at=beside, help=told)


def _unknown(name: str) -> str:
    near = difflib.get_close_matches(name, session.PARAMETERS, 1)
    meant = f" Is “{near[0]}” meant?" if near else ""
    return (
        f"The address has “{labels.excerpt(name, 40)}”, and nothing here is called that; it changes "
        f"nothing.{meant}"
    )


def _measure() -> None:
    """What damage is, on every page where it is not the paper's."""
    view = focus.kept_view()
    shown = isinstance(view, View) and view.run.has_models and view.selection is not None
    said = labels.measured_by(view.setting) if shown and isinstance(view, View) else ""
    if said:
        st.info(labels.plain(said), icon=":material/straighten:")


def _narrowed() -> None:
    """Chips that name what is picked and what narrows the page; a click takes one away."""
    picked, narrowings, listed = focus.linked(), filters.narrowings(), filters.listed()
    view = focus.kept_view()
    if not isinstance(view, View) or (picked is None and not narrowings):
        return
    with st.container(
        horizontal=True,
        vertical_alignment="center",
        gap="small",
        border=True,
        key="narrowed",
    ):
        if listed is not None:
            st.markdown(
                f":material/filter_alt: **{labels.count(listed.shown)} of "
                f"{labels.plural(listed.total, 'sample')}** listed here",
                width="content",
            )
        else:
            st.markdown(":material/filter_alt: This page shows all samples", width="content")
        if picked is not None:
            told = "Let them go: pages list only what is picked."
            _chip("unlink", _picked(view, picked), told, focus.unlink)
        for narrowing in narrowings:
            key = f"release-{narrowing.name}"
            _chip(key, narrowing.text, "Take this filter away.", narrowing.release)
        if len(narrowings) + (picked is not None) > 1:
            label, icon = "Show all samples", "filter_alt_off"
            button(label, "release-all", icon, _release_all, type="primary")


def _picked(view: View, picked: focus.Linked) -> str:
    here = len(opening.rows_of(view.run, picked.ids))
    text = f"{labels.plural(here, 'sample')} picked: {labels.excerpt(picked.origin, _LONGEST)}"
    missing = len(picked.ids) - here
    return f"{text} ({labels.count(missing)} more are not in this run)" if missing else text


def _chip(key: str, text: str, told: str, release: Callable[[], None]) -> None:
    label = labels.plain(labels.excerpt(text, 2 * _LONGEST))
    button(label, key, "close", release, icon_position="right", help=told)


def _release_all() -> None:
    for narrowing in filters.narrowings():
        narrowing.release()
    focus.unlink()
