"""Showing a selection: in a notebook at once, elsewhere by the way to the dashboard."""

from __future__ import annotations

import html
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

from paser_core.selection import Setting, selector_of

SECTIONS = ("budget", "map")  # of the report: those that a notebook shows
_HEIGHT = 720  # pixels


def show(page: Callable[[], str], elsewhere: Callable[[], str]) -> None:
    """Draw ``page``, an HTML document, in the notebook that this runs in; else print ``elsewhere``."""
    if "IPython" in sys.modules and _in_notebook():
        from IPython.display import HTML, display

        # A page of its own: its style stays inside, and nothing in it runs or is loaded.
        style = f"width: 100%; height: {_HEIGHT}px; border: 0"
        display(HTML(f'<iframe sandbox srcdoc="{html.escape(page())}" style="{style}"></iframe>'))
    else:
        print(elsewhere())  # noqa: T201 - showing is what was asked for


def how_to_open(run: Path, setting: Setting, budget: int) -> str:
    """The command that serves a run, and the address of the dashboard at a setting."""
    rule = selector_of(setting.selector)
    knobs = {
        "selector": setting.selector,
        **({"seed": setting.seed} if rule.drawn else {}),
        **({"encoder": setting.encoder} if setting.encoder is not None else {}),
        "budget": budget,
        "temperature": setting.temperature,
        **({} if setting.tempered else {"signal": setting.signal, "aggregate": setting.aggregate}),
        "allocation": setting.allocation,
        "order": setting.order,
        "concepts": setting.concepts.per_sample,
        "words": setting.concepts.max_words,
        "frequency": round(setting.concepts.max_document_frequency * 100, 10),
    }
    return f"paser serve {shlex.quote(str(run))}\nhttp://127.0.0.1:8501/budget?{urlencode(knobs)}"


def _in_notebook() -> bool:
    from IPython import get_ipython

    shell = get_ipython()
    return shell is not None and "IPKernelApp" in shell.config
