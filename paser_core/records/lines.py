"""Rows out of JSON and JSON lines."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from sys import intern
from typing import Any

from paser_core.config import DataConfig, OnError
from paser_core.errors import DataError
from paser_core.notices import Notice, Severity
from paser_core.records.cells import DEEPEST, as_json, depth, is_unusable
from paser_core.records.shapes import recognize, shortened
from paser_core.records.source import Row
from paser_core.records.texts import Texts

_ROLE = {
    "role",
    "from",
}  # what a message of a conversation has, as chat models and ShareGPT name it


@dataclass
class Found:
    """The rows of a file of text, and what was met on the way."""

    rows: list[Row] = field(default_factory=list)
    lines: list[int] | None = None
    texts: Texts | None = None
    problems: dict[int, str] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)  # why, with the line
    notices: list[Notice] = field(default_factory=list)

    def skip(self, error: DataError, config: DataConfig) -> None:
        """Leave out what cannot be read, where that was asked for.

        Raises:
            DataError: it was not.
        """
        if config.on_error is OnError.FAIL:
            raise error
        self.skipped.append(str(error).partition(" Correct it,")[0])  # that is done already

    def take(self, read: Callable[[], Row], config: DataConfig) -> bool:
        """Keep the row that ``read`` gives; False where it cannot be read and is left out.

        Raises:
            DataError: it cannot be read, and that is not to be skipped.
        """
        try:
            row = read()
        except DataError as error:
            self.skip(error, config)
            return False
        problem = _repeated(row)
        if problem is not None:
            self.problems[len(self.rows)] = problem
        self.rows.append(row)
        return True

    def finish(self, what: str) -> None:
        """Say what was left out."""
        if self.skipped:
            total = len(self.rows) + len(self.skipped)
            text = (
                f"{len(self.skipped):,} of {total:,} {what} could not be read and are left out "
                f"(data.on_error: skip). The first: {self.skipped[0]}"
            )
            self.notices.append(
                Notice("data-skipped", text, Severity.WARNING, len(self.skipped), total)
            )


class _Repeating(dict[str, Any]):
    """An object in which a key stands twice: all but one of its values are lost."""

    key = ""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    tree = {intern(key): value for key, value in pairs}  # one name for all rows that have it
    if len(tree) == len(pairs):
        return tree
    marked = _Repeating(tree)
    seen: set[str] = set()
    marked.key = next(k for k, _ in pairs if k in seen or seen.add(k))  # type: ignore[func-returns-value]
    return marked


def read_json(path: Path, ending: str, text: str, config: DataConfig, limit: int | None) -> Found:
    """The rows of a text in JSON or JSON lines, whichever it is.

    Args:
        path: of the file, for messages.
        ending: of its name: JSON, or JSON lines.
        text: all of it, or its start where there is a limit.
        config: what becomes of a broken line.
        limit: rows at the most; None: all.

    Raises:
        DataError: it is neither, or its rows are no objects.
    """
    # What decides is the text: data sets in JSON lines called .json are common, and the reverse
    # happens. A line of JSON lines is an object, so a file that starts with [ is one list.
    start = text.lstrip()[:1]
    if start == "[" or (ending == ".json" and start != "{"):
        return _list(path, parse(path, text, None), config, limit)
    if ending == ".json":
        try:
            tree = json.loads(text, object_pairs_hook=_object)
        except json.JSONDecodeError as error:
            # More than one object is JSON lines, and so are lines of which one is broken.
            if not error.msg.startswith("Extra data") and config.on_error is OnError.FAIL:
                parse(path, text, None)  # says what is wrong with it
        except (RecursionError, ValueError):
            if config.on_error is OnError.FAIL:
                parse(path, text, None)
        else:
            _check_depth(path, text, None)
            return _list(path, tree, config, limit)
    return read_lines(path, text.split("\n"), config, limit)


def read_lines(path: Path, lines: Iterable[str], config: DataConfig, limit: int | None) -> Found:
    """The rows of JSON lines, one line at a time.

    Args:
        path: of the file, for messages.
        lines: of the file, with or without what ends them.
        config: what becomes of a broken line.
        limit: rows at the most; None: all.

    Raises:
        DataError: a line is no object, and that is not to be skipped.
    """
    found = Found(lines=[], texts=Texts())
    lenient = config.on_error is OnError.SKIP
    assert found.lines is not None
    assert found.texts is not None
    for number, line in enumerate(lines, start=1):
        line = line.strip()
        if not line:
            continue
        if limit is not None and len(found.rows) == limit:
            break
        if found.take(partial(_line, path, line, number), config):
            found.lines.append(number)
            # With halves of characters in it, it is written so that a file can hold it.
            spoiled = lenient and is_unusable(line)
            found.texts.append(as_json(found.rows[-1]) if spoiled else line)
    found.finish("lines")
    return found


def _line(path: Path, line: str, number: int) -> Row:
    return _row(parse(path, line, number), path, number)


def _list(path: Path, tree: Any, config: DataConfig, limit: int | None) -> Found:
    """The rows in a JSON text: a list of objects, the one list in an object, or an object alone."""
    found = Found()
    if isinstance(tree, dict):
        tree = _in_object(path, tree, config, found)
    if not isinstance(tree, list):
        raise DataError(
            f"the JSON is a {type(tree).__name__}; a list of objects is needed.", path=str(path)
        )
    for place, item in enumerate(tree, start=1):
        if limit is not None and len(found.rows) == limit:
            break
        found.take(partial(_row, item, path, None, place), config)
    found.finish("entries")
    return found


def _in_object(path: Path, tree: dict[str, Any], config: DataConfig, found: Found) -> list[Any]:
    """The rows that an object holds, or the object itself as the only one."""
    lists = {k: v for k, v in tree.items() if _of_objects(v)}
    samples = {k: v for k, v in lists.items() if _are_samples(v, config)}
    if not lists or (not samples and _is_sample(tree, config)):
        return [tree]  # as the same bytes are read from a file of JSON lines
    if len(samples) == 1:
        lists = samples
    if len(lists) != 1:
        named = ", ".join(f"'{shortened(name)}'" for name in [*lists][:5])
        raise DataError(
            f"the JSON is one object with {len(lists)} lists in it ({named}); a list of objects is "
            "needed, or an object with one list of objects, or one object a line.",
            path=str(path),
        )
    ((name, rows),) = lists.items()
    beside = [k for k in tree if k != name]
    if beside:
        named = ", ".join(f"'{shortened(k)}'" for k in beside[:5]) + (" …" if beside[5:] else "")
        text = (
            f"The rows are the list '{shortened(name)}' of one JSON object; what stands beside it "
            f"is not read: {named}."
        )
        found.notices.append(Notice("data-beside-list", text, Severity.WARNING, len(beside)))
    return list(rows)


def _of_objects(value: Any) -> bool:
    return isinstance(value, list) and (not value or any(isinstance(v, dict) for v in value))


def _are_samples(value: list[Any], config: DataConfig) -> bool:
    """Whether the objects of a list can be read as samples."""
    first = next((v for v in value if isinstance(v, dict)), None)
    return first is not None and _is_sample(first, config)


def _is_sample(tree: dict[str, Any], config: DataConfig) -> bool:
    """Whether an object is a sample itself, and not what a list of samples is wrapped in."""
    try:
        found = recognize(tuple(tree), config.fields).fields
    except DataError:
        return False
    if found.messages is None:
        cells = [tree[c] for c in (found.instruction, found.output) if c]
        return not any(_of_objects(c) and not _has_roles(c) for c in cells)
    turns = tree[found.messages]
    # A list of samples may be called `conversations` as well; its entries have no role.
    return not isinstance(turns, list) or _has_roles(turns)


def _has_roles(turns: list[Any]) -> bool:
    return any(isinstance(t, dict) and _ROLE & t.keys() for t in turns)


def parse(path: Path, text: str, line: int | None) -> Any:
    """JSON text as Python objects.

    Raises:
        DataError: it is not JSON, or nested too deeply.
    """
    try:
        tree = json.loads(text, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        raise DataError(
            f"this is not valid JSON (column {error.colno}: {error.msg}). Correct it, or leave "
            "broken lines out with data.on_error: skip.",
            path=str(path),
            line=line or error.lineno,
        ) from None
    except RecursionError:
        raise _too_deep(path, line) from None
    except ValueError as error:  # e.g. an integer with thousands of digits
        raise DataError(
            f"this is not valid JSON ({str(error)[:200]}). Correct it, or leave broken lines out "
            "with data.on_error: skip.",
            path=str(path),
            line=line,
        ) from None
    _check_depth(path, text, line)
    return tree


def _check_depth(path: Path, text: str, line: int | None) -> None:
    if text.count("[") + text.count("{") > DEEPEST and depth(text) > DEEPEST:
        raise _too_deep(path, line)


def _too_deep(path: Path, line: int | None) -> DataError:
    return DataError(
        f"the JSON is nested too deeply; at most {DEEPEST} levels are accepted. Write what lies "
        "deeper as text, or leave such lines out with data.on_error: skip.",
        path=str(path),
        line=line,
    )


def _row(item: Any, path: Path, line: int | None, place: int | None = None) -> Row:
    if isinstance(item, dict):
        return item
    where = f"entry {place}" if place else "this line"
    raise DataError(
        f"{where} is a {type(item).__name__}; an object with named fields is needed.",
        path=str(path),
        line=line,
    )


def _repeated(row: Row) -> str | None:
    """The problem of a row with a key that stands twice, at any depth."""
    open_: list[Any] = [row]
    while open_:
        value = open_.pop()
        if isinstance(value, _Repeating):
            return f"The key '{shortened(value.key)}' stands twice in one object"
        if isinstance(value, dict):
            open_ += value.values()
        elif isinstance(value, list):
            open_ += value
    return None
