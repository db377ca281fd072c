"""The pinned setting: put aside, to be compared with while the knobs move."""

from __future__ import annotations

from dashboard import labels
from dashboard.state import focus
from dashboard.widgets import parts
from dashboard.widgets.frame import View
from paser_core.config import AllocationRule, Order
from paser_core.selection import Setting, resolve_budget, selector_of
from paser_core.selection.measures import measure_told


def button(view: View) -> None:
    """Pin the setting of the side bar, or let it go if it is the one that is pinned."""
    here = view.run.content, view.setting
    if focus.pinned() == here:
        parts.button("Unpin", "unpin", "keep_off", focus.pin, None)
        return
    told = (
        "Keeps budget, temperature and all other knobs as they are now. Then move them and see what "
        "enters and what leaves."
    )
    parts.button("Pin this setting", "pin", "keep", focus.pin, here, help=told)


def setting(view: View) -> Setting | None:
    """The pinned setting; None where nothing is pinned on this run."""
    content, pinned = focus.pinned() or (None, None)
    return pinned if content == view.run.content else None


def in_words(setting: Setting, n: int) -> str:
    """A setting on ``n`` samples in one line; what is as usual is left out."""
    concepts = setting.concepts
    damage = f"temperature {setting.temperature:.2f}" if setting.tempered else measure_told(setting)
    parts = [
        f"budget {labels.count(resolve_budget(setting.budget, n))}",
        *([damage] if selector_of(setting.selector).damage else []),
        f"{labels.plural(concepts.per_sample, 'concept')} of ≤ {labels.plural(concepts.max_words, 'word')}",
        f"each in ≤ {100 * concepts.max_document_frequency:.2f} % of samples",
    ]
    if setting.selector != "paser":
        drawn = f", seed {setting.seed}" if selector_of(setting.selector).drawn else ""
        parts.insert(0, f"{selector_of(setting.selector).label}{drawn}")
    if setting.allocation is not AllocationRule.SAINTE_LAGUE:
        parts.append(labels.RULES[setting.allocation])
    if setting.order is not Order.INTERLEAVED:
        parts.append(labels.ORDERS[setting.order])
    if setting.forced_in or setting.forced_out:
        parts.append(f"{len(setting.forced_in):,} forced in, {len(setting.forced_out):,} out")
    return ", ".join(parts)
