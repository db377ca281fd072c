"""Write docs/config.md out of paser_core/config/sections.py: fields, defaults, ranges and reasons.

python scripts/config_docs.py
"""

from __future__ import annotations

import dataclasses
import typing
from enum import StrEnum
from pathlib import Path
from typing import Any

from paser_core import config

PAGE = Path(__file__).resolve().parent.parent / "docs" / "config.md"

_HEAD = """# The config file

One YAML file describes a run. Every field has a default, so the smallest file names only the data:

```yaml
data: {path: pool.jsonl}
```

`paser run CONFIG --out RUN --set seed=1 --set models.original=…` overrides single fields. An unknown
field is an error that names the nearest known one. Paths are relative to the current directory. The
config as applied is kept in the run's `manifest.json`.

This page is written by `python scripts/config_docs.py` from `paser_core/config/sections.py`; a test keeps the
two equal.
"""


def sections(cls: Any = config.RunConfig, path: str = "") -> list[tuple[str, Any]]:
    """Every dataclass of the config with its dotted name, the run itself first."""
    hints = typing.get_type_hints(cls)
    found = [(path, cls)]
    for name, hint in hints.items():
        if dataclasses.is_dataclass(hint):
            found += sections(hint, f"{path}.{name}" if path else name)
    return found


def page() -> str:
    """The whole page."""
    parts = [_HEAD]
    for path, cls in sections():
        parts.append(_section(path, cls))
    return "\n".join(parts)


def _section(path: str, cls: Any) -> str:
    hints = typing.get_type_hints(cls)
    title = f"`{path}`" if path else "Sections"
    rows = ["| field | default | accepted | why |", "|---|---|---|---|"]
    for field in dataclasses.fields(cls):
        name = f"{path}.{field.name}" if path else field.name
        hint = hints[field.name]
        if dataclasses.is_dataclass(hint):
            default, accepted = "", f"a section, see `{name}`"
        else:
            default = _value(field.default)
            accepted = field.metadata["accepted"] or _accepted(hint, name)
        rows.append(f"| `{field.name}` | {default} | {accepted} | {field.metadata['why']} |")
    return f"## {title}\n\n" + "\n".join(rows) + "\n"


def _value(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, tuple):
        return f"`{list(value)}`"
    return f"`{value.value if isinstance(value, StrEnum) else value}`"


def _accepted(hint: Any, name: str) -> str:
    if typing.get_origin(hint) is tuple:
        return "a list of whole numbers"
    options = typing.get_args(hint) or (hint,)
    words = []
    for option in options:
        if option is type(None):
            words.append("null")
        elif isinstance(option, type) and issubclass(option, StrEnum):
            words.append(", ".join(f"`{member.value}`" for member in option))
        elif option is str:
            numbers = any(o in (int, float) for o in options)
            words.append("`auto`" if numbers else "text")
        else:
            words.append("`true`, `false`" if option is bool else _range(option, name))
    return " or ".join(words)


def _range(kind: type, name: str) -> str:
    noun = "whole number" if kind is int else "number"
    if name not in config.RANGES:
        return noun
    low, high = config.RANGES[name]
    return f"{noun} from {low}" + ("" if high is None else f" to {high}")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
