"""A concept that was asked for and is not in the graph: why, and the way to it where there is one."""

from __future__ import annotations

import streamlit as st

from dashboard import labels
from dashboard.state import concept_shown, session
from dashboard.widgets.frame import View
from dashboard.widgets.parts import button
from paser_core.explain.graph import Absence, ConceptGraph, Missing, cap_with, why_absent
from paser_core.stages.concepts import highest_frequency


def absent(view: View, graph: ConceptGraph, name: str) -> None:
    """Say why a phrase is no concept here."""
    missing = why_absent(view.run, view.setting.concepts, graph, name)
    st.info(labels.plain(_sentence(view, name, missing)), icon=":material/info:")
    with st.container(horizontal=True):
        _way(view, missing, len(name.split()))
        button("Show another concept", "concept-other", None, concept_shown.show_concept, None)


def _way(view: View, missing: Missing, length: int) -> None:
    """The one knob that would show it, where the side bar has one."""
    if view.selection is None:
        return
    if missing.why is Absence.LATER:
        label, key = f"Set the budget to {labels.count(missing.enters_at)}", session.KEY_BUDGET
        value: float = missing.enters_at
    elif missing.why is Absence.TOO_FREQUENT:
        value = round(100 * cap_with(missing.samples, view.run.n), 2)
        label, key = f"Set the cap to {value:.2f} %", session.KEY_MAX_FREQUENCY
    elif missing.why is Absence.TOO_LONG:
        label, key, value = f"Allow {length} words", session.KEY_MAX_WORDS, length
    else:
        return
    button(label, "concept-way", None, session.put, key, value)


def _sentence(view: View, name: str, missing: Missing) -> str:
    phrase, config = f"“{labels.excerpt(name, 60)}”", view.setting.concepts
    having = (
        f"{phrase} is in {labels.plural(missing.samples, 'sample')} "
        f"({labels.fine_share(missing.samples, view.run.n)})"
    )
    if missing.why is Absence.UNKNOWN:
        return f"No sample of this run has the phrase {phrase}. Search for another one."
    if missing.why is Absence.LATER:
        return (
            f"{having}; the first of them enters at a budget of {labels.count(missing.enters_at)}."
        )
    if missing.why is Absence.NEVER:
        return f"{having}, but none of those is selected with these knobs."
    if missing.why is Absence.TOO_LONG:
        limit = labels.plural(config.max_words, "word")
        return f"{having}, but is longer than {limit}, the limit of a phrase."
    if missing.why is Absence.TOO_FREQUENT:
        most = highest_frequency(config.max_document_frequency, view.run.n)
        return (
            f"{having}, more than the {labels.count(most)} in which a phrase may be: so frequent a "
            "phrase says little and rejects much."
        )
    return (
        f"{having}, but in none of them among the best "
        f"{labels.plural(config.per_sample, 'phrase')}, and no more than those count."
    )
