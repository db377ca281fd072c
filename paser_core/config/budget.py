"""The one knob with two units: a budget is a share of all samples, or a number of them.

A share is written ``0.2``, ``20 %`` or, for everything, ``1.0``; a number ``800`` or ``800 samples``.
A bare ``1`` could be either, and the two are a whole data set apart: it is asked back.
"""

from __future__ import annotations

import math
import numbers
import re
from typing import Any

from paser_core.errors import ConfigError, shortened

ONE = "1 sample"  # the number that a float cannot tell from everything

_PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,30})?|\.\d{1,30}) ?%")
_COUNT = re.compile(r"(\d{1,3}(?:,\d{3})+|\d{1,15})( ?samples?)?")
_DECIMAL = re.compile(r"(?:\d{1,15})?\.\d{0,30}(?:[eE][+-]?\d{1,3})?|\d{1,15}[eE][+-]?\d{1,3}")
_ACCEPTED = (
    "give a share of the data set (0.2, 20 %, or 1.0 for everything) or a number of samples (800, "
    f"'{ONE}')"
)


def read_budget(value: Any, path: str = "budget") -> float | str:
    """A budget as the config holds it: a share up to 1.0, a whole number from 2 on, or :data:`ONE`.

    Raises:
        ConfigError: it is neither, or it is a bare 1, which could be either.
    """
    known = value
    if isinstance(value, str):
        known = _of_text(" ".join(value.split()))
    if isinstance(known, bool) or not isinstance(known, numbers.Real | str):
        raise ConfigError(f"{path} is {shortened(value)}; {_ACCEPTED}.", field=path)
    if isinstance(known, str):
        if known == ONE:
            return ONE
        raise ConfigError(f"{path} is {shortened(value)}; {_ACCEPTED}.", field=path)
    if isinstance(known, numbers.Integral) and known == 1:
        raise ConfigError(
            f"{path} is 1, which could be everything or a single sample: write 1.0 or 100 % for "
            f"everything, '{ONE}' for one.",
            field=path,
        )
    try:
        number = float(known)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number) or number < 0:
        raise ConfigError(f"{path} is {shortened(value)}; {_ACCEPTED}.", field=path)
    if number > 1 and number != int(number):
        raise ConfigError(
            f"{path} is {shortened(value)}; above 1 it is a number of samples and must be whole. "
            "For a share of the data set give a fraction up to 1.0, or a percentage.",
            field=path,
        )
    return number


def of_count(count: int) -> float | str:
    """The budget of so many samples."""
    return ONE if count == 1 else float(count)


def budget_text(budget: float | str) -> str:
    """A budget as it is written: :func:`read_budget` reads it back as the same."""
    if isinstance(budget, str) or budget <= 1:
        return str(budget)
    return str(int(budget))


def _of_text(text: str) -> Any:
    """The number that a text stands for; the text itself where it is none."""
    if match := _PERCENT.fullmatch(text):
        share = float(match[1]) / 100
        return share if share <= 1 else text
    if match := _COUNT.fullmatch(text):
        count = int(match[1].replace(",", ""))
        return ONE if count == 1 and match[2] else count
    return float(text) if _DECIMAL.fullmatch(text) else text
