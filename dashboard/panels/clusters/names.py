"""What people call a cluster and say about it: rename, back to automatic, history, notes."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard import labels
from dashboard.panels.clusters import suggested
from dashboard.state import session
from dashboard.widgets import decisions, moving
from dashboard.widgets.frame import View, tell_here
from paser_core.review import NAME_LIMIT, Review


def panel(view: View, cluster: int) -> None:
    """The name of a cluster, its history and its notes, behind a button.

    The browser builds what a closed popover holds only when it is opened, and keeps what was typed
    into the form when it is closed again.
    """
    notes = len(view.decided.notes.get(cluster, ()))
    label = f"Name and notes ({notes})" if notes else "Name and notes"
    with st.popover(label, icon=":material/edit:", key="cluster-people"):
        suggested.suggestion(view, cluster)
        _form(view, cluster)
        moving.merge(view, cluster)
        edits = view.review.history(cluster)
        label = f"History ({len(edits)})" if edits else "History"
        with st.expander(label, icon=":material/history:", key=f"cluster-history-{cluster}"):
            decisions.history(view, edits, key="cluster-edit")
        decisions.notes(view, cluster)


def _form(view: View, cluster: int) -> None:
    """Name and reason.

    A form, because a field outside of one reruns the page when it is left: the revision that is
    bound to the button would move on, behind the back of the person who is typing.
    """
    name, reason = f"cluster-name-{cluster}", f"cluster-reason-{cluster}"
    seen = view.decided.revision
    tell_here(name)
    with st.form(f"cluster-form-{cluster}"):
        st.text_input(
            "New name",
            key=name,
            placeholder=view.names[cluster],
            help=f"At most {NAME_LIMIT} characters.",
        )
        st.text_input("Reason", key=reason, placeholder="Optional. It is kept with your name.")
        with st.container(horizontal=True):
            st.form_submit_button(
                "Rename",
                key=f"rename-{cluster}",
                icon=":material/edit:",
                on_click=_rename,
                args=(view.review, cluster, name, reason, seen, view.run.names),
            )
            if cluster in view.decided.renames:
                st.form_submit_button(
                    "Back to the automatic name",
                    key=f"automatic-{cluster}",
                    icon=":material/undo:",
                    on_click=_release,
                    args=(view.review, cluster, name, reason, seen, view.run.names),
                )


def _rename(
    review: Review, cluster: int, name: str, reason: str, seen: int, automatic: Sequence[str]
) -> None:
    new, why = session.get(name) or "", session.get(reason) or ""
    decisions.attempt(
        lambda author: review.rename(
            cluster, new, author=author, reason=why, seen=seen, automatic=automatic
        ),
        f"The cluster is called “{labels.excerpt(new, 40)}” now, on every page.",
        name,
        reason,
        where=name,
    )


def _release(
    review: Review, cluster: int, name: str, reason: str, seen: int, automatic: Sequence[str]
) -> None:
    why = session.get(reason) or ""
    decisions.attempt(
        lambda author: review.release(cluster, author=author, reason=why, seen=seen),
        f"The cluster is called “{labels.excerpt(automatic[cluster], 40)}” again.",
        name,
        reason,
        where=name,
    )
