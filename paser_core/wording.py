"""Numbers and texts as they are read, on the screen and in the report. Plain text only."""

from __future__ import annotations

import math


def count(value: float) -> str:
    """``1234`` → ``1,234``."""
    return f"{round(value):,}"


def share(part: float, whole: float = 1.0) -> str:
    """``0.2`` → ``20.0 %``; a dash when there is no whole."""
    if not whole or math.isnan(part):
        return "–"
    return f"{100 * part / whole:.1f} %"


def score(value: float) -> str:
    """A damage score with three decimals; a dash when it was not measured."""
    return "–" if math.isnan(value) else f"{value:.3f}"


def plural(number: int, noun: str, plural_noun: str | None = None) -> str:
    """``(1, "sample")`` → ``1 sample``; ``(3, "sample")`` → ``3 samples``."""
    return f"{count(number)} {noun if number == 1 else plural_noun or noun + 's'}"


def excerpt(text: str, length: int = 160) -> str:
    """The beginning of a text on one line."""
    line = " ".join(text[: 4 * length].split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"
