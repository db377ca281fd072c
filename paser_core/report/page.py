"""The templates: whatever a text contains, it is escaped and printable, wherever it is shown."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from paser_core.report import wording

# What HTML cannot hold as text: control characters but tab and line feed, halves of a surrogate
# pair, and the two code points that are no characters.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


@cache
def templates() -> Environment:
    """The environment of ``report/templates``: autoescape on, and a missing name is an error."""
    environment = Environment(
        loader=PackageLoader("paser_core.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    for filter_ in (
        wording.count,
        wording.cut,
        wording.damage,
        wording.excerpt,
        wording.listed,
        wording.plural,
        wording.score,
        wording.share,
        wording.some_of,
        wording.split_at,
    ):
        environment.filters[filter_.__name__] = filter_
    return environment


def clean(text: str) -> str:
    """The text with line feeds only, and a mark in place of every unprintable character."""
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", re.sub("\r\n?", "\n", text))


def _shown(value: Any) -> Any:
    """What stands for a value in the page, before it is escaped."""
    if isinstance(value, float):
        return f"{value:g}"
    # What has __html__ is markup that a macro made of shown values.
    return clean(value) if isinstance(value, str) and not hasattr(value, "__html__") else value
