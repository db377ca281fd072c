"""One small menu under every table and chart: all of its lines as files, and the chart as a picture.

Nothing is made, and nothing but the menu's name is sent, before somebody opens it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import labels
from dashboard.components.picture import pictures
from paser_core.runs import Run
from paser_core.selection import Setting, resolve_budget
from paser_core.spreadsheet import TABLE_FORMATS, TableFormat

# The data grid's own download writes texts as they are, formulas among them, and of a list in pages
# the page; its search as well looks through the page alone. The bar of a chart is only clicked by
# the menu below it.
HIDE_OWN = """
<style>
[data-testid="stElementToolbarButton"]:has([aria-label^="Download as CSV"]),
[class*="st-key-"][class*="-rows"] [data-testid="stElementToolbarButton"]:has([aria-label^="Search"]),
.js-plotly-plot .modebar-container { display: none; }
</style>
"""
PLOTLY = {
    "displayModeBar": True,
    "modeBarButtons": [["toImage"]],
    "displaylogo": False,
    "displayNotifier": False,
}
"""How a chart is configured that the menu takes pictures of."""
_NOT_IN_NAMES = re.compile(r"[^\w.=-]+")
_LONGEST = 120  # characters of a file's name


@dataclass(frozen=True)
class Offer:
    """What a chart gives away."""

    name: str  # of its files, without the ending: run, chart, setting
    title: str  # over the picture
    frame: Callable[[], pd.DataFrame]  # the data behind it
    # Where the page says it beside the chart: colors, what they mean, and a sign that is not a disc.
    legend: tuple[tuple[str, ...], ...] = ()


def named(run: Run, what: str, setting: Setting | None = None) -> str:
    """A file's name without its ending: the run, what it is, and what it was selected by.

    Budget, temperature and selector are written out; where another knob is not as the run has it,
    six letters tell two settings apart.
    """
    parts = [run.name, what]
    if setting is not None:
        damage = f"T{setting.temperature:g}" if setting.tempered else str(setting.signal)
        parts += [setting.selector, str(resolve_budget(setting.budget, run.n)), damage]
        written = ("selector", "budget", "temperature", "signal")
        usual = Setting.of(run, **{name: getattr(setting, name) for name in written})
        if setting != usual:
            content = json.dumps(setting.to_tree(), sort_keys=True, default=str)
            parts.append(hashlib.blake2b(content.encode(), digest_size=3).hexdigest())
    return file_name(*parts)


def file_name(*parts: str) -> str:
    """Parts of a file's name, joined, without what a disk does not take."""
    return "-".join(_NOT_IN_NAMES.sub("-", part).strip("-") for part in parts)[:_LONGEST]


def titled(frame: pd.DataFrame, columns: Mapping[str, Any]) -> pd.DataFrame:
    """A table under the heads that the page shows, with their units, and the id first.

    Args:
        frame: all lines.
        columns: Streamlit's settings of the columns, by name.
    """
    heads: dict[str, str] = {}
    for name in frame.columns:
        head = _head(columns.get(name)) or str(name)
        heads[name] = head if head not in heads.values() else f"{head} ({name})"
    order = sorted(frame.columns, key=lambda name: name != "id")
    return frame[order].rename(columns=heads)


def _head(config: Any) -> str | None:
    """What a column is called on the page, with the unit that its numbers are shown with."""
    if config is None or isinstance(config, str):
        return config
    label = re.sub(r"\\(.)", r"\1", config.get("label") or "")
    shown = str((config.get("type_config") or {}).get("format") or "")
    return f"{label} (%)" if label and shown.endswith("%%") else label or None


def table_menu(frame: Callable[[], pd.DataFrame], name: str, n: int, *, key: str = "") -> None:
    """Offer all ``n`` lines of a table as CSV, xlsx and parquet.

    Args:
        frame: makes them, when they are asked for.
        name: of the files, without the ending.
        n: lines of the table.
        key: of the menu, where the name of the files changes with the setting.
    """
    key = key or name

    def drawn() -> None:
        st.caption(f"All {labels.plural(n, 'line')}, unrounded")
        for kind in TABLE_FORMATS.values():
            _file(kind, frame, name, n, key)

    _menu(key, drawn)


def chart_menu(chart: str, offer: Offer, *, kinds: tuple[str, ...] = ("png", "svg")) -> None:
    """Offer a chart as a picture, and the data behind it as CSV.

    Args:
        chart: the key of the chart on the page.
        offer: what it gives away.
        kinds: of pictures it can be taken as.
    """

    def drawn() -> None:
        st.caption("As you see it, made in this browser")
        pictures(chart, kinds, offer.name, offer.title, key=f"picture-{chart}", legend=offer.legend)
        _file(TABLE_FORMATS["csv"], offer.frame, offer.name, None, f"chart-{chart}", "Data (CSV)")

    _menu(f"chart-{chart}", drawn)


def _menu(key: str, draw: Callable[[], None]) -> None:
    # Of its own: opening it does not have the page made anew.
    st.fragment(partial(_popover, key, draw))()


def _popover(key: str, draw: Callable[[], None]) -> None:
    with st.popover(
        "Download",
        icon=":material/download:",
        type="tertiary",
        key=f"download-{key}",
        on_change="rerun",
    ) as menu:
        if menu.open:
            with st.container(gap=None):
                draw()


def _file(
    kind: TableFormat,
    frame: Callable[[], pd.DataFrame],
    name: str,
    n: int | None,
    key: str,
    label: str = "",
) -> None:
    refusal = None if n is None else kind.refusal(n)
    st.download_button(
        label or kind.name,
        data=lambda: kind.write(frame()),
        file_name=f"{name}.{kind.ending}",
        mime=kind.mime,
        key=f"{kind.ending}-{key}",
        help=labels.plain(refusal or kind.told),
        type="tertiary",
        on_click="ignore",
        disabled=refusal is not None,
    )
