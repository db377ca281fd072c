"""YAML as people write it by hand: what stands twice, or is no plain value, is an error with a line.

PyYAML keeps the last of two equal keys without a word, expands aliases without a limit, makes dates
of what looks like one and runs out of stack in deep brackets. So the events of its parser are put
together here: mappings, lists and plain values, each key with the line it stands on.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from paser_core.errors import ConfigError, shortened

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_LARGEST = 16 * 2**20  # bytes; a selection.yaml with 400,000 forced samples has as many
_DEEPEST = 32  # the config is three deep
_MOST = 2_000_000  # values after aliases are followed
_DIGITS = 400  # no float is longer; Python refuses to read 4,300
_LONGEST_KEY = 200
_TAG = "tag:yaml.org,2002:"
_PLAIN = frozenset(_TAG + kind for kind in ("null", "bool", "int", "float", "str", "map", "seq"))
_BOOLS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


@dataclass(frozen=True)
class YamlText:
    """What a YAML text says, and where it says it."""

    tree: Any  # dicts with text or whole numbers as keys, lists, plain values
    source: str  # the file, or the option of the command line
    lines: Mapping[str, int]  # dotted name → line, from 1
    is_file: bool = True

    def mapping(self, what: str) -> dict[str, Any]:
        """The tree, which has to be a mapping; an empty text is an empty one.

        Raises:
            ConfigError: it is something else; ``what`` is what it should be.
        """
        if self.tree is None:
            return {}
        if isinstance(self.tree, dict):
            return self.tree
        raise ConfigError(
            f"{self.source}: {what} must be a mapping of fields, one `name: value` a line; this is "
            f"{shortened(self.tree)}."
        )

    @contextlib.contextmanager
    def places(self) -> Iterator[None]:
        """Within it, an error about a field names the file and the line."""
        try:
            yield
        except ConfigError as error:
            line = self.lines.get(error.field or "")
            where = self.source if line is None else f"{self.source}:{line}"
            raise ConfigError(f"{where}: {error}", field=error.field) from error


def read_yaml(path: Path) -> YamlText:
    """Read a YAML file.

    Raises:
        ConfigError: it is not there, cannot be read or is not YAML; the line is named.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(_LARGEST + 1)
        wide = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
        text = raw.decode("utf-16" if wide else "utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(f"{path}: there is no such file. Check the name.") from None
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"{shortened(str(path))[1:-1]}: the file cannot be read ({shortened(error)}). Give a "
            "YAML file in UTF-8."
        ) from error
    if len(raw) > _LARGEST:
        raise ConfigError(
            f"{path}: the file is larger than {_LARGEST >> 20} MiB; this is no file of settings. "
            "Give the YAML file."
        )
    return parse_yaml(text, str(path))


def parse_yaml(text: str, source: str, is_file: bool = True) -> YamlText:
    """Put a YAML text together; ``source`` is what messages call it.

    Raises:
        ConfigError: it is not YAML, or has a key twice, a tag, too many values or levels.
    """
    reader = _Reader(source, is_file)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            reader.take(event)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        said = getattr(error, "problem", None) or getattr(error, "reason", None) or error
        reader.refuse(
            f"this is not valid YAML: {_first(str(said))}. Put text with special characters in "
            "quotes, and indent with spaces.",
            None if mark is None else mark.line + 1,
        )
    except (RecursionError, ValueError) as error:  # a lone surrogate, say
        reader.refuse(f"this is not valid YAML: {_first(str(error))}. Write it anew.", None)
    return YamlText(reader.tree, source, reader.lines, is_file)


def _first(said: str) -> str:
    line = (said.splitlines() or [""])[0]
    return line if len(line) <= _LONGEST_KEY else f"{line[:_LONGEST_KEY]}…"


@dataclass
class _Open:
    """A mapping or list that is not closed yet."""

    node: Any
    path: str
    line: int
    anchor: str | None
    key: Any = None
    waits: bool = False  # a key stands there and its value does not
    merged: frozenset[Any] = frozenset()  # keys that may still be given
    size: int = 1


class _Reader:
    def __init__(self, source: str, is_file: bool) -> None:
        self.tree: Any = None
        self.lines: dict[str, int] = {}
        self._source, self._is_file = source, is_file
        self._stack: list[_Open] = []
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._documents = 0
        self._total = 0

    def refuse(self, said: str, line: int | None) -> NoReturn:
        where = f"{self._source}:{line}" if line is not None and self._is_file else self._source
        raise ConfigError(f"{where}: {said}")

    def take(self, event: Event) -> None:
        line = event.start_mark.line + 1 if event.start_mark is not None else 1
        if isinstance(event, DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                self.refuse("a second document begins here ('---'). Keep one per file.", line)
        elif isinstance(event, AliasEvent):
            if event.anchor not in self._anchors:
                self.refuse(
                    f"the alias *{_first(str(event.anchor))} stands for nothing. Write the value "
                    "itself, or name it with & before.",
                    line,
                )
            self._put(*self._anchors[event.anchor], line)
        elif isinstance(event, ScalarEvent):
            value = self._scalar(event, line)
            if event.anchor is not None:
                self._anchors[event.anchor] = (value, 1)
            self._put(value, 1, line)
        elif isinstance(event, MappingStartEvent | SequenceStartEvent):
            self._tag(event.tag, line)
            if len(self._stack) >= _DEEPEST:
                self.refuse(
                    f"more than {_DEEPEST} levels of brackets or indentation. Write it flat.", line
                )
            node: Any = {} if isinstance(event, MappingStartEvent) else []
            self._stack.append(_Open(node, self._path(), line, event.anchor))
        elif isinstance(event, MappingEndEvent | SequenceEndEvent):
            closed = self._stack.pop()
            if closed.anchor is not None:
                self._anchors[closed.anchor] = (closed.node, closed.size)
            self._put(closed.node, closed.size, closed.line)

    def _path(self) -> str:
        if not self._stack:
            return ""
        top = self._stack[-1]
        step = f"[{len(top.node)}]" if isinstance(top.node, list) else str(top.key)
        return f"{top.path}.{step}" if top.path and step[:1] != "[" else top.path + step

    def _put(self, value: Any, size: int, line: int) -> None:
        if not self._stack:
            self.tree = value
            return
        top = self._stack[-1]
        top.size += size
        if top.size > _MOST:
            self.refuse(
                f"more than {_MOST:,} values, aliases followed. Write out what is meant.", line
            )
        if isinstance(top.node, list):
            self.lines[self._path()] = line
            top.node.append(value)
        elif not top.waits:
            self._key(top, value, line)
        elif top.key == "<<":
            self._merge(top, value, line)
        else:
            top.node[top.key], top.waits = value, False

    def _key(self, top: _Open, key: Any, line: int) -> None:
        if not isinstance(key, str | int) or isinstance(key, bool) or len(str(key)) > _LONGEST_KEY:
            self.refuse(
                f"{shortened(key)} stands where the name of a field is expected. Write "
                "`name: value`; a name that reads as something else goes in quotes.",
                line,
            )
        top.key, top.waits = key, True
        path = self._path()
        if key in top.node and key not in top.merged:
            self.refuse(
                f"{path} is given a second time; the first is in line {self.lines.get(path)}. Keep "
                "one of them.",
                line,
            )
        top.merged -= {key}
        if key != "<<":
            self.lines[path] = line

    def _merge(self, top: _Open, value: Any, line: int) -> None:
        """``<<: *other``: the fields of another mapping that are not given here."""
        if not isinstance(value, dict):
            self.refuse(f"<< takes a mapping, not {shortened(value)}. Name one with &.", line)
        top.merged |= value.keys() - top.node.keys()
        top.node, top.waits = {**value, **top.node}, False

    def _tag(self, tag: str | None, line: int) -> None:
        if tag is not None and tag != "!" and tag not in _PLAIN:
            self.refuse(f"the tag {_first(tag)} is not accepted. Leave it out.", line)

    def _scalar(self, event: ScalarEvent, line: int) -> Any:
        self._tag(event.tag, line)
        plain, text = event.implicit[0], event.value
        if event.tag is not None and event.tag != "!":
            tag = event.tag
        elif plain:
            tag = _RESOLVER.resolve(yaml.ScalarNode, text, (True, False))
        else:
            return text
        kind = tag.removeprefix(_TAG)
        if kind == "null":
            return None
        if kind == "bool" and text.lower() in _BOOLS:
            return _BOOLS[text.lower()]
        if kind in ("int", "float"):
            if len(text) > _DIGITS:
                self.refuse(f"a number of {len(text):,} digits. Write a shorter one.", line)
            try:
                construct = _CONSTRUCTOR.yaml_constructors[tag]
                return construct(_CONSTRUCTOR, yaml.ScalarNode(tag, text))
            except (ValueError, OverflowError, IndexError):
                self.refuse(f"{shortened(text)} is not a number. Put text in quotes.", line)
        return text  # dates too: no field is one, and 2024-13-45 is a fine name of a file


_RESOLVER: Any = yaml.resolver.Resolver()
_CONSTRUCTOR: Any = yaml.constructor.SafeConstructor()
