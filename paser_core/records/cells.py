"""What a single cell holds: text, a number as text, a list that was written as text."""

from __future__ import annotations

import ast
import datetime
import decimal
import json
import re
import unicodedata
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

DEEPEST = 64  # levels of lists and objects in each other; samples have five or six

_LITERAL_LENGTH = 1_000_000  # characters of a Python literal …
_LITERAL_PARTS = 20_000  # … and its values: what is built for each on the way takes much memory
_STRINGS = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'", re.DOTALL)
_SPELLED_TWICE = ('"[', '"{')  # JSON text, written as JSON text
_NAMES = {"nan": None, "NaN": None, "null": None, "true": True, "false": False}
_STARTS = ("[", "{", "(", "array(", "OrderedDict(")
_NUMPY_GAP = re.compile(r"\}\s*\n\s*\{")  # an array of objects, printed: one a line, without commas
_UNSEEN = "Cf"  # the category of signs that only direct others: zero-width, byte order, soft hyphen
_UNUSABLE = re.compile("[\x00\ud800-\udfff]")


def is_missing(value: Any) -> bool:
    """None, or NaN as tables write it."""
    return value is None or (isinstance(value, float) and value != value)


def is_blank(value: Any) -> bool:
    """Missing, or text, a list or an object with nothing in it."""
    if isinstance(value, str):
        return says_nothing(value)
    return is_missing(value) or (isinstance(value, list | tuple | Mapping) and not value)


def says_nothing(text: str) -> bool:
    """Whether a text has no character that is seen: blanks, or signs such as the zero-width space."""
    return all(c.isspace() or unicodedata.category(c) == _UNSEEN for c in text)


def storable(text: str) -> str:
    """Text that can be written as UTF-8: lone surrogates become question marks."""
    return text.encode("utf-8", "replace").decode()


def is_unusable(text: str) -> bool:
    """Whether it has characters that no file of text holds: NUL, or half a character."""
    if text.isascii():  # known without a look at the text
        return "\x00" in text
    return _UNUSABLE.search(text) is not None


def text_of(value: Any) -> str | None:
    """A value as text, the same from every format; None for lists and objects, which are no text.

    Python's own writing is what a CSV file made from the same values has: ``1``, ``0.5``, ``True``.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool | int | float | decimal.Decimal | datetime.timedelta):
        return str(value)
    if isinstance(value, datetime.datetime):
        return value.isoformat(" ")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return None
    return None


def structure(value: Any) -> Any:
    """The list or object that a text spells, as JSON or as Python prints it; else the value itself.

    Nothing is executed. Tables saved as CSV have their lists and objects in this form.
    """
    if not isinstance(value, str):
        return value
    text = value.strip()
    if text[:2] in _SPELLED_TWICE and text[-1] == '"':
        try:
            text = json.loads(text).strip()
        except (ValueError, RecursionError):
            return value
    if not text.startswith(_STARTS):
        return value
    if text.count("[") + text.count("{") + text.count("(") > DEEPEST and depth(text) > DEEPEST:
        return value
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    if len(text) > _LITERAL_LENGTH or text.count(",") + text.count(":") > _LITERAL_PARTS:
        return value
    for spelled in (text, _NUMPY_GAP.sub("}, {", text)):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", SyntaxWarning)  # "\d" in somebody's text
                return ast.literal_eval(_Printed().visit(ast.parse(spelled, mode="eval")))
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            continue
    return value


class _Printed(ast.NodeTransformer):
    """What Python prints and does not read again: NaN, arrays, ordered dictionaries; JSON's names."""

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.Constant(_NAMES[node.id]) if node.id in _NAMES else node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        if not isinstance(node.func, ast.Name) or len(node.args) != 1:
            return node
        inner = node.args[0]
        if node.func.id == "array":
            return inner
        if node.func.id == "OrderedDict" and isinstance(inner, ast.List):
            pairs = [p.elts for p in inner.elts if isinstance(p, ast.Tuple) and len(p.elts) == 2]
            if len(pairs) == len(inner.elts):
                return ast.Dict([key for key, _ in pairs], [item for _, item in pairs])
        return inner if node.func.id == "OrderedDict" else node


def depth(text: str) -> int:
    """How many lists and objects lie in each other in a text of JSON or Python."""
    deepest = level = 0
    for mark in re.findall(r"[\[\](){}]", _STRINGS.sub("", text)):
        if mark in "[({":
            level += 1
            deepest = max(deepest, level)
        else:
            level -= 1
    return deepest


def as_json(value: Any) -> str:
    """A value as JSON text that can be stored; dates and bytes become text, NaN becomes null."""
    try:
        text: str = _ENCODER.encode(value)
    except ValueError:  # NaN, which JSON does not have
        text = _ENCODER.encode(_without_nan(value))
    try:
        text.encode()
    except UnicodeEncodeError:  # half a character; in its escaped form it can be stored
        text = json.dumps(_without_nan(value), ensure_ascii=True, default=_plain)
    return text


def _plain(value: Any) -> Any:
    text = text_of(value)
    if text is not None:
        return text
    if isinstance(value, bytes):
        return value.hex()
    if hasattr(value, "tolist"):  # a number or an array of numpy
        return value.tolist()
    return str(value)


_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, default=_plain)


def _without_nan(value: Any) -> Any:
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else None
    if isinstance(value, Mapping):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(item) for item in value]
    return value


def texts_inside(value: Any) -> Iterator[str]:
    """Every text in a nested value, names of fields among them."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from texts_inside(name)
            yield from texts_inside(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from texts_inside(item)
