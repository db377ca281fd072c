"""A table of a few lines that is only read: plain HTML, which is there at once and can be copied.

Streamlit's data grid is slow to come up; it earns that where lines are sorted, searched or clicked.
"""

from __future__ import annotations

import html
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import streamlit as st

from dashboard import labels

_CSS = """
<style>
.small-table-frame { overflow-x: auto; }
.small-table { width: 100%; border-collapse: collapse; font-size: .875rem; }
.small-table th { font-weight: 400; opacity: .75; }
.small-table th, .small-table td { padding: .25rem .4rem; text-align: left; vertical-align: top;
  border-bottom: 1px solid rgba(128, 128, 128, .25); overflow-wrap: anywhere; }
.small-table th:first-child, .small-table td:first-child { min-width: 6.6rem; }
.small-table .number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.small-table .bar { display: inline-block; width: 2.25rem; height: .5rem; margin-right: .4rem;
  border-radius: .25rem; background: rgba(128, 128, 128, .25); overflow: hidden; }
.small-table .bar i { display: block; height: 100%; background: #3B82BD; }
</style>
"""


@dataclass(frozen=True)
class Part:
    """A part of a whole, from 0 to 1: drawn as a bar beside its percentage, or beside what is ``said``."""

    share: float
    said: str | None = None

    def __str__(self) -> str:
        return labels.share(self.share) if self.said is None else self.said


@dataclass(frozen=True)
class Best:
    """A text in bold."""

    said: str


def small_table(
    heads: Sequence[str],
    lines: Sequence[Sequence[str | Part | Best]],
    *,
    alt: str,
    texts: Collection[str] = (),
) -> None:
    """One line each. The first column and those called ``texts`` hold text, which stays text; the others
    hold numbers."""
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
            f'<td{kind} dir="auto">{_cell(cell)}</td>'
            for cell, kind in zip(line, kinds, strict=True)
        )
        + "</tr>"
        for line in lines
    )
    st.html(
        f'{_CSS}<div class="small-table-frame" tabindex="0" role="group" aria-label="{html.escape(alt)}">'
        f'<table class="small-table" aria-label="{html.escape(alt)}">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _cell(cell: str | Part | Best) -> str:
    if isinstance(cell, Best):
        return f"<b>{html.escape(cell.said)}</b>"
    if isinstance(cell, Part):
        width = 100 * min(max(cell.share, 0.0), 1.0)
        return (
            f'<span class="bar" aria-hidden="true"><i style="width:{width:.1f}%"></i></span>'
            f"{html.escape(str(cell))}"
        )
    return html.escape(cell)
