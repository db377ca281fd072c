"""Selectors by name: the list that is chosen from, and what sets the one that is chosen apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from dashboard import labels
from dashboard.state import address, choices, session
from dashboard.widgets.cards import Card
from dashboard.widgets.frame import View, show_error, title
from paser_core.config import RunConfig, describe
from paser_core.errors import PaserError
from paser_core.registry import SELECTORS
from paser_core.runs import Run
from paser_core.selection import Family, Selection, Selector, Setting, selector_of

_FIELDS = describe(RunConfig)
_LARGEST_SEED = 2**32 - 1


def offered(run: Run) -> list[str]:
    """Every selector that works on a run, by family; what a package brings in vain is left out."""
    known = {name: rule for name, rule in _loaded().items() if works_on(run, rule)}
    families = list(Family)
    return sorted(known, key=lambda name: families.index(known[name].family))


def _loaded() -> dict[str, Selector]:
    known = {}
    for name in SELECTORS:
        try:
            known[name] = selector_of(name)
        except PaserError:
            continue
    return known


def works_on(run: Run, rule: Selector) -> bool:
    """Whether a selector can select from a run as far as its models go."""
    return run.has_models or not rule.needs_models


def label_of(name: str) -> str:
    """A selector as lists call it: its family first."""
    rule = selector_of(name)
    return rule.label if rule.family is Family.PASER else f"{rule.family}: {rule.label}"


def _in_side_bar(name: str) -> str:
    """As narrow as the side bar: the family, and the name that shell and Python know."""
    rule = selector_of(name)
    short = name.removeprefix("paser-") if rule.family is Family.ABLATION else name
    return rule.label if rule.family is Family.PASER else f"{rule.family}: {short}"


def choose(run: Run, default: Setting) -> Setting | None:
    """The selector of the side bar, with the seed or the encoder that it asks for.

    None: none is chosen, as on a run without models until somebody does. A rule that was not asked for
    must not look like an answer.
    """
    names = offered(run)
    name = choices.choose_one(
        st.selectbox,
        _FIELDS["selection.selector"].label,
        names,
        default=default.selector if default.selector in names else None,
        label_of=_in_side_bar,
        key=session.KEY_SELECTOR,
        in_address=True,
        cure_of=lambda given: _needs(given) if given in SELECTORS else "",
        help=_FIELDS["selection.selector"].help,
        placeholder="None: choose one",
    )
    if not run.has_models:
        st.caption(labels.plain(_others_need(names)))
    if name is None:
        return None
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


def _needs(name: str) -> str:
    """What a selector that is not offered on a run without models is waiting for."""
    what = "measured damage" if selector_of(name).damage else "scores that a model gives"
    return f"{name} ranks by {what}, and this run has no models."


def _others_need(names: Sequence[str]) -> str:
    """Why a run without models has so few selectors, and what the others are waiting for."""
    others = [rule for name, rule in _loaded().items() if name not in names]
    damage = sum(rule.damage for rule in others)
    return (
        f"These select without models. {labels.count(damage)} others rank by measured damage, "
        f"{labels.count(len(others) - damage)} by scores that a model gives: they need both models."
    )


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
