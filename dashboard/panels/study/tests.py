"""Study: which differences are more than chance, and what became of what was expected."""

from __future__ import annotations

from collections.abc import Callable, Collection

import streamlit as st

from dashboard import labels
from dashboard.panels.study.page import Shown
from dashboard.widgets.download import file_name
from dashboard.widgets.frame import show_error
from dashboard.widgets.small_table import Best, small_table
from paser_core.errors import PaserError
from paser_core.study.table import Table

_TEXTS = ("Claim", "Refuted by", "Where", "Outcome")


def draw(shown: Shown) -> None:
    """Made when they are opened: they draw items and seeds anew, which takes seconds."""
    st.header("Tests", anchor=False)
    _folded(
        f"Tests of the differences at {shown.budget}",
        "study-tests",
        lambda: shown.study.tests(shown.part, shown.compression, shown.budget, shown.recovery),
        "There are not two selectors with finished cells here, so there is nothing to test.",
        [name for _, name in shown.found.capabilities] + ["tokens", "processor seconds"],
    )
    if shown.results.config.hypotheses:
        _folded(
            "What was expected, and what became of it",
            "study-expected",
            lambda: shown.study.expected(shown.part),
            "",
        )


def _folded(
    label: str,
    key: str,
    made: Callable[[], tuple[Table, ...]],
    empty: str,
    leave: Collection[str] = (),
) -> None:
    icon = ":material/rule:"
    with st.expander(labels.plain(label), icon=icon, key=key, on_change="rerun") as opened:
        if not opened.open:
            return
        try:
            with st.spinner("Testing …", show_time=True):
                found = made()
        except (
            PaserError,
            ValueError,
        ) as error:  # too few items or seeds: the statistics say which
            if isinstance(error, PaserError):
                show_error(error)
            else:
                st.warning(labels.plain(f"{labels.capital(str(error))}."), icon=":material/info:")
            return
        if not found:
            st.text(empty)
        for table in found:
            _table(table, leave)


def _table(table: Table, by_capability: Collection[str]) -> None:
    st.markdown(f"**{labels.plain(table.title)}**")
    # Retention by capability is in the figure above; cost, in the one below it.
    heads = [name for name in table.texts.columns if name not in by_capability]
    lines = [
        [
            Best(str(text)) if (row, name) in table.bold else str(text)
            for name, text in zip(heads, line, strict=True)
        ]
        for row, line in enumerate(table.texts[heads].itertuples(index=False))
    ]
    titles = [name if name == "p" else labels.capital(name) for name in heads]
    small_table(
        titles,
        lines,
        alt=table.title,
        texts=_TEXTS,
        name=file_name(table.name),
        data=lambda: table.numbers,
        n=len(table.numbers),
    )
    for note in table.notes:
        st.caption(labels.plain(note))
