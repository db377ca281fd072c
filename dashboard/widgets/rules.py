"""Selectors by name: the list that is chosen from, and what sets the one that is chosen apart."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from dashboard import labels
from dashboard.state import address, choices, session
from dashboard.widgets.cards import Card
from dashboard.widgets.frame import View, show_error, title
from paser_core.config import RunConfig, describe
from paser_core.errors import PaserError
from paser_core.registry import SELECTORS
from paser_core.selection import Family, Selection, Setting, selector_of

_FIELDS = describe(RunConfig)
_LARGEST_SEED = 2**32 - 1


def offered() -> list[str]:
    """Every selector that can be loaded, by family; what a package brings in vain is left out."""
    known = {}
    for name in SELECTORS:
        try:
            known[name] = selector_of(name).family
        except PaserError:
            continue
    families = list(Family)
    return sorted(known, key=lambda name: families.index(known[name]))


def label_of(name: str) -> str:
    """A selector as lists call it: its family first."""
    rule = selector_of(name)
    return rule.label if rule.family is Family.PASER else f"{rule.family}: {rule.label}"


def _in_side_bar(name: str) -> str:
    """As narrow as the side bar: the family, and the name that shell and Python know."""
    rule = selector_of(name)
    short = name.removeprefix("paser-") if rule.family is Family.ABLATION else name
    return rule.label if rule.family is Family.PASER else f"{rule.family}: {short}"


def choose(default: Setting) -> Setting:
    """The selector of the side bar, with the seed or the encoder that it asks for."""
    name = choices.choose_one(
        st.selectbox,
        _FIELDS["selection.selector"].label,
        offered(),
        default=default.selector,
        label_of=_in_side_bar,
        key=session.KEY_SELECTOR,
        in_address=True,
        help=_FIELDS["selection.selector"].help,
    )
    rule, setting = selector_of(name), replace(default, selector=name)
    if rule.drawn:
        field = _FIELDS["selection.seed"]
        seed = st.number_input(
            field.label,
            0,
            _LARGEST_SEED,
            default.seed,
            key=session.KEY_SEED,
            help=field.help,
            bind="query-params",
            persist_state="session",
        )
        address.check_number(session.KEY_SEED, seed, 0, _LARGEST_SEED)
        setting = replace(setting, seed=seed)
    if rule.asks_encoder:
        field = _FIELDS["selection.encoder"]
        folder = st.text_input(
            field.label,
            default.encoder or "",
            key=session.KEY_ENCODER,
            help=field.help,
            placeholder="models/bert-base-uncased",
            bind="query-params",
            persist_state="session",
        )
        setting = replace(setting, encoder=folder.strip() or None)
    if rule.family is not Family.PASER:
        st.caption(labels.plain(" ".join((f"{rule.label}.", *rule.told))))
    return setting


def cannot(view: View, error: PaserError) -> None:
    """What every page shows where the selector of the side bar cannot select from this run."""
    name = selector_of(view.setting.selector).label
    title("Nothing is selected", f"The selector of the side bar is “{name}”.")
    show_error(error)
    st.caption(
        "Every page shows a selection: mend this, or choose another selector in the side bar."
    )


def graph_cards(selection: Selection) -> tuple[Card, Card]:
    """Rejected samples and acceptance rate; a dash where no graph rejects any."""
    told = selector_of(selection.ranking.selector).graph_told
    if told:
        return (
            Card("Rejected", "–", explained=told),
            Card("Acceptance rate", "–", explained=told),
        )
    return (
        Card("Rejected", labels.count(selection.n_rejected), explained="Their concepts conflict."),
        Card(
            "Acceptance rate",
            labels.share(selection.acceptance_rate),
            explained=labels.HELP_ACCEPTANCE,
        ),
    )
