"""A table of a few lines: plain HTML, which is there at once and can be copied.

Streamlit's data grid is slow to come up; it earns that where lines are sorted or searched.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from dashboard import labels
from dashboard.components.clickable import clickable
from dashboard.widgets.download import table_menu

_CSS = """
<style>
.small-table { width: 100%; border-collapse: collapse; font-size: .875rem; }
.small-table th { font-weight: 400; opacity: .75; }
.small-table th, .small-table td { padding: .25rem .4rem; text-align: left; vertical-align: top;
  border-bottom: 1px solid rgba(128, 128, 128, .25); overflow-wrap: anywhere; }
.small-table th:first-child, .small-table td:first-child { min-width: 6.6rem; }
.small-table .number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.small-table th.number { white-space: normal; overflow-wrap: normal; }
.small-table .bar { display: inline-block; width: 2.25rem; height: .5rem; margin-right: .4rem;
  border-radius: .25rem; background: rgba(128, 128, 128, .25); overflow: hidden; }
.small-table-wide { overflow-x: auto; }
.small-table-wide th { overflow-wrap: normal; }
.small-table-wide td:not(:first-child) { min-width: 4.6rem; overflow-wrap: break-word; }
.small-table .bar i { display: block; height: 100%; background: #3B82BD; }
</style>
"""


@dataclass(frozen=True)
class Number:
    """A number and how it is ``said``; a download has the number itself."""

    value: float
    said: str

    def __str__(self) -> str:
        return self.said


@dataclass(frozen=True)
class Part:
    """A part of a whole, from 0 to 1: drawn as a bar beside its percentage, or beside what is ``said``.

    ``value``: the number behind what is said, where that is not the share.
    """

    share: float
    said: str | None = None
    value: float | None = None

    def __str__(self) -> str:
        return labels.share(self.share) if self.said is None else self.said


@dataclass(frozen=True)
class Best:
    """A text in bold."""

    said: str


Cell = str | Number | Part | Best


def small_table(
    heads: Sequence[str],
    lines: Sequence[Sequence[Cell]],
    *,
    alt: str,
    texts: Collection[str] = (),
    name: str | None = None,
    data: Callable[[], pd.DataFrame] | None = None,
    n: int | None = None,
    on_click: Callable[[int], None] | None = None,
) -> None:
    """One line each, and below them the menu that gives them away.

    Args:
        heads: of the columns.
        lines: their cells.
        alt: what the table is, for those who do not see it.
        texts: the columns beside the first one that hold text, which stays text; the others hold numbers.
        name: of the files, without the ending; None: nothing is given away.
        data: what is given away, where that is more than what the cells say.
        n: lines of ``data``, where they are not those of the table.
        on_click: gets the place of the line that is clicked, before the page runs; the first cell of each
            is a button then, for those without a mouse.
    """
    kinds = [
        "" if place == 0 or name in texts else ' class="number"' for place, name in enumerate(heads)
    ]
    head = "".join(
        f'<th scope="col"{kind}>{html.escape(name)}</th>'
        for name, kind in zip(heads, kinds, strict=True)
    )
    body = "".join(
        "<tr>"
        + "".join(
            f'<td{kind} dir="auto">{_button(cell) if on_click and not place else _cell(cell)}</td>'
            for place, (cell, kind) in enumerate(zip(line, kinds, strict=True))
        )
        + "</tr>"
        for line in lines
    )
    told = html.escape(alt)
    drawn = (
        f'<table class="small-table" aria-label="{told}">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )
    # On a narrow screen it scrolls sideways, rather than break its words; by the keyboard, too.
    drawn = f'<div class="small-table-wide" role="region" aria-label="{told}" tabindex="0">{drawn}</div>'
    if on_click is None:
        st.html(f"{_CSS}{drawn}")
    else:
        clickable(f"{_CSS}{drawn}", key=f"{alt}-clickable", on_click=on_click)
    if name is not None:
        count = len(lines) if n is None else n
        table_menu(data or (lambda: lines_frame(heads, lines)), name, count, key=f"{alt}-small")


def lines_frame(heads: Sequence[str], lines: Sequence[Sequence[Cell]]) -> pd.DataFrame:
    """The lines as a table of values; a bar beside its percentage is that percentage."""
    columns: dict[str, list[object]] = {}
    for place, head in enumerate(heads):
        cells = [line[place] for line in lines]
        bars = [cell for cell in cells if isinstance(cell, Part) and cell.said is None]
        columns[f"{head} (%)" if bars else head] = [_value(cell) for cell in cells]
    return pd.DataFrame(columns)


def _value(cell: Cell) -> object:
    if isinstance(cell, Number):
        return cell.value
    if isinstance(cell, Part):
        if cell.said is None:
            return 100 * cell.share
        return cell.said if cell.value is None else cell.value
    return cell.said if isinstance(cell, Best) else cell


def _button(cell: Cell) -> str:
    return f'<button type="button">{_cell(cell)}</button>'


def _cell(cell: Cell) -> str:
    if isinstance(cell, Best):
        return f"<b>{html.escape(cell.said)}</b>"
    if isinstance(cell, Part):
        width = 100 * min(max(cell.share, 0.0), 1.0)
        return (
            f'<span class="bar" aria-hidden="true"><i style="width:{width:.1f}%"></i></span>'
            f"{html.escape(str(cell))}"
        )
    return html.escape(str(cell))
