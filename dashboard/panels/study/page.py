"""Study: which one is on show, which part of it, and what the page says where there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from dashboard import labels, serving
from dashboard.panels.study import words
from dashboard.runs import studies
from dashboard.state import choices, session, study_shown
from dashboard.widgets.frame import show_error
from dashboard.widgets.parts import segments
from paser_core.errors import PaserError
from paser_core.study.results import Results
from paser_core.study.retained import Repeats, Retained


@dataclass(frozen=True)
class Shown:
    """The study on the page and the part of it that is looked at."""

    name: str
    folder: Path
    study: studies.Study
    found: Retained
    part: str  # of the items
    compression: str
    budget: str
    recovery: str

    @property
    def results(self) -> Results:
        """What the study has come to."""
        return self.study.results

    @property
    def selectors(self) -> tuple[str, ...]:
        """Their order gives each its color, whatever is shown of them."""
        return tuple(self.results.config.selectors)

    @property
    def arms(self) -> list[Repeats]:
        """Of the compression and the recovery that are looked at, at all budgets."""
        return studies.arms_of(self.found, compression=self.compression, recovery=self.recovery)

    @property
    def at_budget(self) -> list[Repeats]:
        """The same at the budget that is looked at."""
        return [arm for arm in self.arms if arm.arm.budget == self.budget]


def choose() -> Path | None:
    """The folder of the study to show; None where there is none."""
    known = serving.studies_by_name()
    if not known:
        return None
    names = {folder: name for name, folder in known.items()}
    settled = study_shown.settle_study(known)
    folder: Path = choices.choose_one(
        st.selectbox,
        "Study",
        list(names),
        key=session.KEY_STUDY,
        label_of=names.__getitem__,
        default=settled,
        help="Studies beside the runs, in their folder studies, and those that the dashboard was started "
        "on.",
    )
    study_shown.show_study(names[folder])
    return folder


def open_study(folder: Path) -> Shown | None:
    """The results and the choices that hold for the whole page; None where nothing can be shown."""
    study = studies.study_at(folder)
    if study is None:
        st.info(words.NO_RESULTS, icon=":material/hourglass_empty:")
        return None
    try:
        config = study.results.config
        _head(study.results)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            part = segments(
                "Questions",
                tuple(words.PARTS),
                session.KEY_ITEMS,
                label_of=words.PARTS.__getitem__,
                in_address=True,
                help=words.PARTS_HELP,
            )
            compression = _one("Compression", tuple(config.compressions), "study-compression")
            budget = _one("Budget", tuple(study.budgets), "study-budget")
            recovery = _one("Recovery", tuple(config.recoveries), "study-recovery")
        found = study.retained(part)
    except PaserError as error:
        show_error(error)
        return None
    _counted(found, part)
    _remarks(study.results)
    return Shown(
        labels.plain(config.title), folder, study, found, part, compression, budget, recovery
    )


def _one(label: str, options: Sequence[str], key: str) -> str:
    """A choice of one; what has no choice is not drawn."""
    if len(options) == 1:
        return options[0]
    chosen: str = choices.choose_one(st.selectbox, label, options, key=key, width=210)
    return chosen


def _head(results: Results) -> None:
    """What the study is, in a line, and what it has come to."""
    config, cells = results.config, results.cells
    counts = {str(one): int(n) for one, n in cells["status"].value_counts().items()}
    st.header(labels.plain(config.title), anchor=False)
    st.caption(labels.plain(words.grid(config, len(cells), counts)))


def _counted(found: Retained, part: str) -> None:
    if sentence := words.counted(found, part):
        st.caption(labels.plain(sentence))


def _remarks(results: Results) -> None:
    """What the steps of the study have warned of: cut, left out, guessed or switched off."""
    remarks = results.study.get("remarks", ())
    if not remarks:
        return
    with st.expander(words.remarks(len(remarks)), icon=":material/info:"):
        for one in remarks:
            st.caption(f"{labels.plain(one['where'])}: {labels.plain(one['text'])}")


def nothing_yet() -> None:
    """What a study is, and how one is made."""
    st.markdown(words.WHAT_IT_IS)
    st.text(words.EXAMPLE_SAYS)
    st.code(words.EXAMPLE, language="yaml", wrap_lines=True)
    st.code(words.EXAMPLE_COMMAND, language="bash", wrap_lines=True)
