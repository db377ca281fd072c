"""Numbers and texts as they are read, on the screen and in the report. Plain text only."""

from __future__ import annotations

import math
from collections.abc import Sequence


def count(value: float) -> str:
    """``1234`` → ``1,234``."""
    return f"{round(value):,}"


def share(part: float, whole: float = 1.0, digits: int = 1) -> str:
    """``0.2`` → ``20.0 %``; a dash when there is no whole.

    What is there is never rounded to nothing, and what is not all never to all: ``(1, 218, 0)`` →
    ``<1 %``, ``(4177, 4178)`` → ``>99.9 %``.
    """
    if not whole or math.isnan(part) or math.isnan(whole):
        return "–"
    value = 100 * part / whole
    text, step = f"{value:.{digits}f}", 10.0**-digits
    if value > 0 and float(text) == 0:
        return f"<{step:g} %"
    if value < 100 and float(text) == 100:
        return f">{100 - step:.{digits}f} %"
    return f"{text} %"


def percent(part: float, whole: float = 1.0) -> str:
    """As :func:`share`, without a decimal that says nothing: ``20 %``, ``19.1 %``."""
    return share(part, whole).replace(".0 %", " %")


def score(value: float) -> str:
    """A damage score with three decimals; a dash when it was not measured."""
    return "–" if math.isnan(value) else f"{value:.3f}"


def damage(value: float) -> str:
    """The CDS of a cluster; what was not measured is said, never shown as a number."""
    return "not measured" if math.isnan(value) else score(value)


def some_of(part: int, whole: int) -> str:
    """``32 of 96``; the number alone where it is all of them."""
    return count(whole) if part == whole else f"{count(part)} of {count(whole)}"


def plural(number: int, noun: str, plural_noun: str | None = None) -> str:
    """``(1, "sample")`` → ``1 sample``; ``(3, "sample")`` → ``3 samples``."""
    return f"{count(number)} {noun if number == 1 else plural_noun or noun + 's'}"


def either(number: int, one: str, many: str) -> str:
    """The form of a word that goes with a number: ``(1, "is", "are")`` → ``is``."""
    return one if number == 1 else many


def excerpt(text: str, length: int = 160) -> str:
    """The beginning of a text on one line."""
    line = " ".join(text[: 4 * length].split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def listed(items: Sequence[str]) -> str:
    """``a, b and c``."""
    return " and ".join(filter(None, [", ".join(items[:-1]), *items[-1:]]))


def seconds(value: float) -> str:
    """A duration for people: ``0.4 s``, ``12 s``, ``3 min 05 s``, ``2 h 10 min``."""
    if value < 10:
        return f"{value:.1f} s"
    if value < 90:
        return f"{value:.0f} s"
    minutes, rest = divmod(round(value), 60)
    if minutes < 90:
        return f"{minutes} min {rest:02d} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min"


def size(number_of_bytes: int) -> str:
    """``5_200_000`` → ``5.2 MB``."""
    value = float(number_of_bytes)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    raise AssertionError("unreachable")
