"""What the selection of the side bar is compared with, and what to do where that is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import labels
from dashboard.runs import comparisons, opening, selections
from dashboard.state import address, choices, pending, session
from dashboard.widgets import pinned, rules
from dashboard.widgets.frame import View
from paser_core.compare import MOST
from paser_core.registry import SELECTORS
from paser_core.selection import Setting, selector_of

_LARGEST_SEED = 2**31 - 1
_USUAL = "random"  # what every selector has to beat


class Other(StrEnum):
    """What there is beside the selectors."""

    PINNED = "pinned"
    RUN = "run"
    EXPORT = "export"


class Further(StrEnum):
    """What there is beside the selectors for a third selection and more."""

    PINNED = "pinned"
    EXPORTS = "exports"


class Knobs(StrEnum):
    """The setting under which another run selects."""

    OWN = "Its own"
    HERE = "That of the side bar"


_NAMES: Mapping[str, str] = {
    Other.PINNED: "The pinned setting",
    Other.RUN: "Another run",
    Other.EXPORT: "An export folder",
}
_FURTHER: Mapping[str, str] = {
    Further.PINNED: "The pinned setting",
    Further.EXPORTS: "Export folders",
}
_HELP = (
    "Other selectors take as many samples from this run as A has. They show what each part of the "
    "method adds: the models, the clusters, the concept graph."
)


@dataclass(frozen=True)
class Against:
    """The second selection."""

    source: comparisons.Source
    label: str
    names: tuple[str, ...]  # of its clusters


def choose(view: View) -> Against | None:
    """The controls; None where something is missing, which is said.

    Raises:
        PaserError: the other run cannot be opened.
    """
    first, second, third = st.columns([4, 3, 2], vertical_alignment="bottom")
    others = [name for name in rules.offered(view.run) if name != view.setting.selector]
    kind: str = choices.choose_one(
        first.selectbox,
        "Compare with",
        [*others, *Other],
        default=_USUAL if _USUAL in others else others[0],
        label_of=_name_of,
        key=session.KEY_AGAINST,
        in_address=True,
        help=_HELP,
    )
    if kind in SELECTORS:
        return _selector(view, kind, second)
    if kind is Other.PINNED:
        return _pinned(view, second)
    if kind is Other.RUN:
        return _run(view, second, third)
    return _export(second, third)


def further(view: View) -> tuple[Against, ...]:
    """Selections beside A and B; what is missing for one of them is said, and it is left out."""
    others = [name for name in rules.offered(view.run) if name != view.setting.selector]
    wanted: list[str] = choices.choose_several(
        st.multiselect,
        "And with",
        [*others, *Further],
        label_of=lambda kind: _FURTHER[kind] if kind in _FURTHER else rules.label_of(kind),
        key=session.KEY_ALSO,
        in_address=True,
        placeholder="Further selections, to set three and more side by side",
        max_selections=MOST - 2,
    )
    found: list[Against] = []
    for kind in wanted:
        if kind == Further.EXPORTS:
            found += _exports()
            continue
        one = _further_pinned(view) if kind == Further.PINNED else _further_rule(view, kind)
        if one is not None:
            found.append(one)
    return tuple(found)


def _further_rule(view: View, kind: str) -> Against | None:
    missing = comparisons.missing_scores(view.run, view.setting, kind)
    if missing is not None:
        st.info(f"Left out: {rules.label_of(kind)}. {missing}", icon=":material/neurology:")
        return None
    rule = selector_of(kind)
    label = rule.label + (", seed 0" if rule.drawn else "")
    return Against(comparisons.by_selector(view.run, view.setting, kind, 0), label, view.names)


def _further_pinned(view: View) -> Against | None:
    setting = pinned.setting(view)
    if setting is None:
        st.info(
            "Left out: the pinned setting. Nothing is pinned on this run; pin one on the page Budget.",
            icon=":material/keep:",
        )
        return None
    told = pinned.in_words(setting, view.run.n)
    return Against(comparisons.selected(view.run, setting), f"Pinned: {told}", view.names)


def _exports() -> list[Against]:
    typed = st.text_input(
        "Folders of exports, on the server, with commas between them",
        key=session.KEY_FOLDERS,
        placeholder="exports/first, exports/second",
        bind="query-params",
        persist_state="session",
    )
    folders = [Path(part.strip()) for part in (typed or "").split(",") if part.strip()]
    return [
        Against(comparisons.exported(f), f"The export {labels.excerpt(f.name, 60)}", ())
        for f in folders
    ]


def _name_of(kind: str) -> str:
    return _NAMES[kind] if kind in _NAMES else rules.label_of(kind)


def _selector(view: View, kind: str, where: DeltaGenerator) -> Against | None:
    missing = comparisons.missing_scores(view.run, view.setting, kind)
    if missing is not None:
        st.info(missing, icon=":material/neurology:")
        return None
    seed = 0
    rule = selector_of(kind)
    if rule.drawn:
        seed = where.number_input(
            "Seed",
            0,
            _LARGEST_SEED,
            0,
            key=session.KEY_DRAW,
            bind="query-params",
            persist_state="session",
            width=160,
        )
        address.check_number(session.KEY_DRAW, seed, 0, _LARGEST_SEED)
    label = rule.label + (f", seed {seed}" if rule.drawn else "")
    return Against(comparisons.by_selector(view.run, view.setting, kind, seed), label, view.names)


def _pinned(view: View, where: DeltaGenerator) -> Against | None:
    with where:
        pinned.button(view)
    setting = pinned.setting(view)
    if setting is None:
        st.info(
            "Nothing is pinned on this run. Press “Pin this setting”, then move the knobs in the side "
            "bar.",
            icon=":material/keep:",
        )
        return None
    told = pinned.in_words(setting, view.run.n)
    return Against(comparisons.selected(view.run, setting), f"Pinned: {told}", view.names)


def _run(view: View, where: DeltaGenerator, beside: DeltaGenerator) -> Against | None:
    others = comparisons.other_runs(view.run)
    if not others:
        st.info(
            "No other run is served. Start `paser serve` on the folder that holds both runs.",
            icon=":material/info:",
        )
        return None
    names = {folder: name for name, folder in others.items()}
    folder = choices.choose_one(
        where.selectbox,
        "Run B",
        list(names),
        label_of=names.__getitem__,
        token_of=names.__getitem__,
        key=session.KEY_OTHER_RUN,
        in_address=True,
    )
    knobs = choices.choose_one(
        beside.selectbox,
        "Setting",
        list(Knobs),
        key=session.KEY_OTHER_SETTING,
        in_address=True,
        help="Its own: as its config says. The forced samples are in any case those of that run.",
    )
    name = names[folder]
    other = opening.open_run(folder)
    decided = opening.review_of(other).state()
    other = opening.corrected_run(other, decided.corrections)
    own = knobs == Knobs.OWN
    setting = selections.with_people(other, Setting.of(other) if own else view.setting, decided)
    label = f"{name}: {pinned.in_words(setting, other.n)}"
    return Against(comparisons.selected(other, setting), label, decided.names_with(other.names))


def _export(where: DeltaGenerator, beside: DeltaGenerator) -> Against | None:
    typed = where.text_input(
        "Folder of the export, on the server",
        key=session.KEY_OTHER_EXPORT,
        placeholder="exports/alpaca-836",
        bind="query-params",
        persist_state="session",
    )
    built = pending.prepared_export()
    if built is not None:
        beside.button(
            "The one built last",
            key="built-export",
            icon=":material/inventory_2:",
            help="The export that was built last in this session, on the page Export.",
            on_click=session.put,
            args=(session.KEY_OTHER_EXPORT, built.folder),
        )
    if not typed.strip():
        st.info(
            "Name a folder that `paser select` or the page Export has written; a zip must be unpacked "
            "first.",
            icon=":material/folder_open:",
        )
        return None
    folder = Path(typed.strip())
    return Against(
        comparisons.exported(folder), f"The export {labels.excerpt(folder.name, 60)}", ()
    )
