"""The pinned setting: put aside, to be compared with while the knobs move."""

from __future__ import annotations

import streamlit as st

from dashboard import labels
from dashboard.runs import selections
from dashboard.state import focus
from dashboard.widgets.frame import View
from paser_core.config import AllocationRule, Order
from paser_core.selection import resolve_budget


def button(view: View) -> None:
    """Pin the setting of the side bar, or let it go if it is the one that is pinned."""
    here = _as_pinned(view)
    if focus.pinned() == here:
        st.button(
            "Unpin", icon=":material/keep_off:", key="unpin", on_click=focus.pin, args=(None,)
        )
        return
    st.button(
        "Pin this setting",
        icon=":material/keep:",
        key="pin",
        on_click=focus.pin,
        args=(here,),
        help="Keeps budget, temperature and all other knobs as they are now. Then move them and see "
        "what enters and what leaves.",
    )


def setting(view: View) -> selections.Setting | None:
    """The pinned setting; None where nothing is pinned on this run."""
    pinned = focus.pinned()
    if pinned is None or pinned.fingerprint != view.run.content:
        return None
    return selections.setting_of(
        view.run, pinned.selection, pinned.concepts, pinned.forced_in, pinned.forced_out
    )


def in_words(setting: selections.Setting, n: int) -> str:
    """A setting on ``n`` samples in one line; what is as usual is left out."""
    knobs, concepts, forced = setting.selection, setting.concepts, setting.overrides
    parts = [
        f"budget {labels.count(resolve_budget(knobs.budget, n))}",
        f"temperature {knobs.temperature:.2f}",
        f"{labels.plural(concepts.per_sample, 'concept')} of ≤ {labels.plural(concepts.max_words, 'word')}",
        f"each in ≤ {100 * concepts.max_document_frequency:.2f} % of samples",
    ]
    if knobs.allocation is not AllocationRule.SAINTE_LAGUE:
        parts.append(labels.RULES[knobs.allocation])
    if knobs.order is not Order.INTERLEAVED:
        parts.append(labels.ORDERS[knobs.order])
    if forced.forced_in or forced.forced_out:
        parts.append(f"{len(forced.forced_in):,} forced in, {len(forced.forced_out):,} out")
    return ", ".join(parts)


def _as_pinned(view: View) -> focus.Pinned:
    overrides = view.setting.overrides
    ids = view.run.samples["id"].to_numpy()
    return focus.Pinned(
        view.run.content,
        view.setting.selection,
        view.setting.concepts,
        tuple(str(ids[r]) for r in overrides.forced_in),
        tuple(str(ids[r]) for r in overrides.forced_out),
    )
