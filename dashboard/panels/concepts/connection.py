"""The connection of two concepts, beside the page: what it is, who brought its ends in, some samples."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dashboard import labels
from dashboard.components.lines import TextLine, text_lines
from dashboard.panels.concepts.page import Browsed, connect
from dashboard.state import concept_shown, walks
from dashboard.widgets.drawer import drawer
from dashboard.widgets.sample import choose, go_to_sample
from dashboard.widgets.steps import steps
from paser_core.explain.graph import Concept, Neighborhood, Role

_LETTERS = 500  # of each of two samples
_LINES = 5


@dataclass(frozen=True)
class Connection:
    """Two concepts, and the samples behind what they have to do with each other."""

    ends: str
    rows: NDArray[np.int64]
    conflict: bool  # whether these were rejected because of the pair; else they have both
    told: str


@dataclass(frozen=True)
class End:
    """A concept that has a connection with the center, and the samples behind it."""

    concept: Concept
    samples: int


def connection_of(browsed: Browsed, first: Concept, second: Concept) -> Connection:
    """What is behind a connection, told by its two ends."""
    ends = f"{labels.excerpt(first.name, 40)} × {labels.excerpt(second.name, 40)}"
    rejected = browsed.graph.rejected_on(first.number, second.number)
    if len(rejected):
        told = f"{labels.plural(len(rejected), 'sample')} rejected because of this pair"
        return Connection(ends, rejected, True, told)
    rows = browsed.graph.samples_on(first.number, second.number)
    return Connection(ends, rows, False, f"{labels.plural(len(rows), browsed.noun)} with both")


def ends_of(around: Neighborhood, role: Role) -> list[End]:
    """Those drawn in a role, with the samples behind their line to the center, most first.

    Neighbors share these with the center; with partners in conflict the pair rejected them.
    """
    center = around.nodes[0].concept.number
    edges = around.edges if role is Role.NEIGHBOR else around.conflicts
    behind = {
        e.first + e.second - center: e.samples for e in edges if center in (e.first, e.second)
    }
    return [End(n.concept, behind[n.concept.number]) for n in around.nodes if n.role is role]


def panel(browsed: Browsed, around: Neighborhood) -> None:
    """The drawer of the connection that is looked at; nothing where none is."""
    if browsed.pair is None:
        return
    found = connection_of(browsed, *browsed.pair)
    with drawer():
        _steps(browsed, around, found)
        st.header(labels.plain(found.ends), anchor=False)
        st.text(found.told + ".")
        if found.conflict:
            st.caption("Both occur in accepted samples, but never together.")
            for end in browsed.pair:
                _bringer(browsed, end)
        _samples(browsed, found)


def _steps(browsed: Browsed, around: Neighborhood, found: Connection) -> None:
    """To the connections of the same kind before and after, most samples first."""
    kind = Role.PARTNER if found.conflict else Role.NEIGHBOR
    numbers = [node.concept.number for node in ends_of(around, kind)]
    center, other = browsed.center, browsed.other_end
    if other is None or other.number not in numbers:  # of two of its neighbors
        steps("connection", None, None, partial(_close, browsed))
        return
    place = numbers.index(other.number)

    def to(at: int) -> partial[None] | None:
        inside = 0 <= at < len(numbers)
        return partial(connect, browsed, center.number, numbers[at]) if inside else None

    steps("connection", to(place - 1), to(place + 1), partial(_close, browsed))
    what = "conflict" if found.conflict else "neighbor"
    of = labels.plain(labels.excerpt(center.name, 40))
    st.caption(f"{place + 1:,} of {labels.plural(len(numbers), what)} of “{of}”")


def _close(browsed: Browsed) -> None:
    concept_shown.show_concept(browsed.center.name)
    walks.close()


def _bringer(browsed: Browsed, end: Concept) -> None:
    """The accepted sample that brought one end of a conflict in."""
    sample = browsed.view.run.sample(end.brought_by)
    st.text(f"“{end.name}” first seen in")
    told = "Show the whole sample here; closed, the connection is here again."
    go_to_sample(browsed.view, end.brought_by, f"bringer-{end.number}", told)
    text = "\n".join(part for part in (sample.instruction, sample.input) if part)
    shown = text if len(text) <= _LETTERS else text[: _LETTERS - 1] + "…"
    short = len(shown) < 300
    st.code(shown, language=None, wrap_lines=True, height="content" if short else 150)


def _samples(browsed: Browsed, found: Connection) -> None:
    rows = found.rows[:_LINES]
    label = "Rejected" if found.conflict else "With both"
    if len(rows) < len(found.rows):
        label += f", {labels.some_of(len(rows), len(found.rows))}; all are in the list of the page"
    st.caption(label)
    texts = browsed.view.run.taken(rows, "instruction")["instruction"]
    text_lines(
        [
            TextLine(row, labels.excerpt(text, 100))
            for row, text in zip(rows.tolist(), texts, strict=True)
        ],
        key="connection",
        label=label,
        on_click=lambda row: choose(browsed.view, row),
    )
