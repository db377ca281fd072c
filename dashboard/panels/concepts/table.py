"""A table whose marked line is what is on show, however it came to be shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.state import session
from dashboard.widgets.download import table_menu, titled

_LINE = 35  # pixels of a line of a table


@dataclass(frozen=True)
class Taken:
    """What can be downloaded of a table."""

    name: str  # of the files, without the ending
    frame: Callable[[], pd.DataFrame]
    n: int  # its lines


def height_for(lines: int, most: int) -> int:
    """Pixels of a table that shows all its lines, or ``most`` and scrolls."""
    return min(most, _LINE * (lines + 1) + 3)


def pick_table(
    columns: Mapping[str, Sequence[object]],
    numbers: Sequence[int],
    shown: int | None,
    on_pick: Callable[[int], None],
    *,
    name: str,
    height: int,
    columns_as: Mapping[str, Any],
    alt: str,
    take: Taken,
) -> None:
    """Draw the table; ``on_pick`` gets the line that was clicked, before the page is drawn anew.

    Args:
        columns: what the lines say.
        numbers: what the lines stand for; other numbers make it another table.
        shown: the line that is on show, if any.
        on_pick: what a click does.
        name: names the table.
        height: in pixels, at most.
        columns_as: how the columns look.
        alt: what the table is, for those who do not see it.
        take: all lines there are, where the table shows the first ones.
    """
    key = _key(name, numbers, shown)

    def picked() -> None:
        lines = session.get(key).selection.rows
        if lines:
            on_pick(lines[0])

    frame = pd.DataFrame(columns)
    st.dataframe(
        frame,
        placeholder="–",
        hide_index=True,
        height=height_for(len(numbers), height),
        key=key,
        on_select=picked,
        selection_mode="single-row",
        selection_default={"selection": {"rows": _marks(shown)}},
        column_config=columns_as,
        alt=alt,
    )
    table_menu(lambda: titled(take.frame(), columns_as), take.name, take.n, key=name)


def _key(name: str, numbers: Sequence[int], shown: int | None) -> str:
    """A key under which the right line is marked.

    A table keeps its mark when its lines change, or when something else is shown by other means: it
    is then drawn anew. As long as the mark is right it stays as it is, scrolled where it was.
    """
    content = f"{name}-{hash(tuple(numbers)):x}-"
    given = session.get(f"_{name}")
    kept = session.get(given) if given is not None and given.startswith(content) else None
    if kept is not None and kept.selection.rows == _marks(shown):
        return str(given)
    key = f"{content}{shown}"
    session.put(f"_{name}", key)
    return key


def _marks(shown: int | None) -> list[int]:
    return [] if shown is None else [shown]
