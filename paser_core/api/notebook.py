"""Showing a selection: in a notebook at once, elsewhere by the way to the dashboard."""

from __future__ import annotations

import html
import shlex
import sys
from typing import TYPE_CHECKING
from urllib.parse import urlencode

if TYPE_CHECKING:
    from paser_core.api.selected import Selection

_SECTIONS = ("budget", "map")  # of the report
_HEIGHT = 720  # pixels


def show(selection: Selection) -> None:
    """Draw table and map in the notebook that this runs in, or say how to open the dashboard."""
    if "IPython" in sys.modules and _in_notebook():
        from IPython.display import HTML, display

        # A page of its own: its style stays inside, and nothing in it runs or is loaded.
        page = html.escape(selection.html(_SECTIONS))
        style = f"width: 100%; height: {_HEIGHT}px; border: 0"
        display(HTML(f'<iframe sandbox srcdoc="{page}" style="{style}"></iframe>'))
    else:
        print(how_to_open(selection))  # noqa: T201 - showing is what was asked for


def how_to_open(selection: Selection) -> str:
    """The command that serves the run, and the address of the dashboard at this setting."""
    setting = selection.setting
    knobs = {
        "budget": selection.answer.budget,
        "temperature": setting.temperature,
        "allocation": setting.allocation,
        "order": setting.order,
        "concepts": setting.concepts.per_sample,
        "words": setting.concepts.max_words,
        "frequency": round(setting.concepts.max_document_frequency * 100, 10),
    }
    return (
        f"paser serve {shlex.quote(str(selection.run.path))}\n"
        f"http://127.0.0.1:8501/budget?{urlencode(knobs)}"
    )


def _in_notebook() -> bool:
    from IPython import get_ipython

    shell = get_ipython()
    return shell is not None and "IPKernelApp" in shell.config
