"""Figures of a study as text. What is not there is a dash, never a zero."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeGuard

import numpy as np


def spread(value: Any, sd: Any) -> str:
    """``83.4 ± 0.5``: per cent, mean and standard deviation; – where it is not there."""
    if not is_known(value):
        return "–"
    return f"{100 * value:.1f}" + (f" ± {100 * sd:.1f}" if is_known(sd) else "")


def with_range(value: Any, low: Any, high: Any) -> str:
    """``+0.013 (-0.010 to +0.036)``."""
    if not is_known(value):
        return "–"
    return f"{value:+.3f}" + (f" ({low:+.3f} to {high:+.3f})" if is_known(low) else "")


def gap_of(row: Mapping[str, Any], name: str) -> str:
    """A difference in points with its interval, of a row of arms."""
    value, low, high = (row.get(f"{name}_gap{end}") for end in ("", "_low", "_high"))
    if not is_known(value):
        return "–"
    if is_known(low) and is_known(high):
        return f"{100 * value:+.1f} ({100 * low:+.1f} to {100 * high:+.1f})"
    return f"{100 * value:+.1f}"


def share(value: Any) -> str:
    """``83.4``."""
    return f"{100 * value:.1f}" if is_known(value) else "–"


def count(value: Any) -> str:
    """``3,289``."""
    return f"{value:,.0f}" if is_known(value) else "–"


def seeds_of(row: Mapping[str, Any]) -> str:
    """How many seeds a row has."""
    return f"{row['seeds']:.0f}" if is_known(row.get("seeds")) else "–"


def p_value(value: Any) -> str:
    """``0.012``, ``< 0.001``."""
    if not is_known(value):
        return "–"
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def is_known(value: Any) -> TypeGuard[float]:
    """Whether a figure is there."""
    return value is not None and not (isinstance(value, float) and np.isnan(value))


def file_name(text: str) -> str:
    """A title as part of a file's name."""
    return re.sub(r"[^A-Za-z0-9.]+", "-", text.replace("%", "pct")).strip("-")
