"""HTML from Python calls: whatever is not :class:`Markup` is text, and text is escaped.

So nothing that a sample, a name or a note contains can become an element, wherever it is shown.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

# What HTML cannot hold as text: control characters but tab and line feed, halves of a surrogate
# pair, and the two code points that are no characters.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_VOID = frozenset(("meta",))


class Markup(str):
    """HTML that is complete and safe. Only this module makes it."""

    __slots__ = ()


Content = str | Iterable["Content"] | None
Attribute = str | int | float | bool | None


def tag(name: str, /, *children: Content, **attributes: Attribute) -> Markup:
    """One element. ``class_`` and ``stroke_width`` become ``class`` and ``stroke-width``; an
    attribute that is ``None`` or ``False`` is left out, one that is ``True`` has no value."""
    head = name + "".join(_attribute(k, v) for k, v in attributes.items())
    if name in _VOID:
        return Markup(f"<{head}>")
    return Markup(f"<{head}>{join(children)}</{name}>")


def join(children: Content) -> Markup:
    """Text, elements, or any nesting of them, one after the other."""
    if children is None:
        return Markup("")
    if isinstance(children, Markup):
        return children
    if isinstance(children, str):
        return Markup(html.escape(clean(children), quote=False))
    return Markup("".join(join(child) for child in children))


def style_sheet(css: str) -> Markup:
    """A style element. Raises ValueError for a sheet that would end it early."""
    if "<" in css:
        raise ValueError("a style sheet has no use for '<'")
    return Markup(f"<style>\n{css}</style>")


def document(head: Content, body: Content, language: str = "en") -> str:
    """The whole file."""
    page = tag("html", "\n", tag("head", head), "\n", tag("body", body), "\n", lang=language)
    return f"<!doctype html>\n{page}\n"


def clean(text: str) -> str:
    """The text with line feeds only, and a mark in place of every unprintable character."""
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", re.sub("\r\n?", "\n", text))


def _attribute(name: str, value: Attribute) -> str:
    if value is None or value is False:
        return ""
    name = name.rstrip("_").replace("_", "-")
    if value is True:
        return f" {name}"
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return f' {name}="{html.escape(clean(text))}"'
