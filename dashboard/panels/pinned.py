"""The pinned setting: put aside, to be compared with while the knobs move."""

from __future__ import annotations

import streamlit as st

from dashboard import runs, state, words
from dashboard.panels.frame import View
from paser_core.config import ConceptsConfig, SelectionConfig


def button(view: View) -> None:
    """Pin the setting of the side bar, or let it go if it is the one that is pinned."""
    here = _as_pinned(view)
    if state.pinned() == here:
        st.button(
            "Unpin", icon=":material/keep_off:", key="unpin", on_click=state.pin, args=(None,)
        )
        return
    st.button(
        "Pin this setting",
        icon=":material/keep:",
        key="pin",
        on_click=state.pin,
        args=(here,),
        help="Keeps budget, temperature and all other knobs as they are now. Then move them and see "
        "what enters and what leaves.",
    )


def setting(view: View) -> runs.Setting | None:
    """The pinned setting; None where nothing is pinned on this run."""
    pinned = state.pinned()
    if pinned is None or pinned.fingerprint != view.run.fingerprint:
        return None
    return runs.setting_of(
        view.run, pinned.selection, pinned.concepts, pinned.forced_in, pinned.forced_out
    )


def in_words(budget: int, knobs: SelectionConfig, concepts: ConceptsConfig) -> str:
    """What was chosen, in one line."""
    return (
        f"{words.plural(budget, 'sample')} at temperature {knobs.temperature:.2f}, "
        f"{words.plural(concepts.per_sample, 'concept')} a sample, phrases in at most "
        f"{100 * concepts.max_document_frequency:.2f} % of samples"
    )


def _as_pinned(view: View) -> state.Pinned:
    overrides = view.setting.overrides
    ids = view.run.samples["id"].to_numpy()
    return state.Pinned(
        view.run.fingerprint,
        view.setting.selection,
        view.setting.concepts,
        tuple(str(ids[r]) for r in overrides.forced_in),
        tuple(str(ids[r]) for r in overrides.forced_out),
    )
