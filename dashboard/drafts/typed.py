"""What a person typed, and what a table shows of what was found."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dashboard import labels
from paser_core.measure.checks import are_vectors
from paser_core.workspace import paths

_CELL = 300  # characters of a cell; the sample panel shows the whole text, later


def absolute(text: str, base: Path, *, local: bool = False) -> str:
    """What a person typed, as a path that means the same everywhere.

    Args:
        text: a path, relative to ``base``, or the name of something on the hub.
        base: a directory.
        local: it is a path, whether or not it exists. Else what does not exist may be a hub name.
    """
    text = text.strip()
    try:
        path = base / Path(text).expanduser()
        here = local or paths.exists(path) or text.startswith((".", "~", "/"))
    except (OSError, RuntimeError, ValueError):  # no such home, a NUL: said when it is read
        return text
    return str(path.absolute()) if text and here else text


def cell_text(value: Any) -> str | None:
    """A cell as it was found, short enough for a table; None stays nothing."""
    if value is None or isinstance(value, str):
        return None if value is None else labels.excerpt(value, _CELL)
    if isinstance(value, list) and len(value) > 8 and are_vectors([value]):
        return f"({len(value):,} numbers)"
    if isinstance(value, Mapping | list):
        return labels.excerpt(json.dumps(value, ensure_ascii=False, default=str), _CELL)
    return labels.excerpt(str(value), _CELL)
