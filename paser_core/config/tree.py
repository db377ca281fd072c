"""Configs from YAML, JSON and ``--set``, and back.

A field that does not exist is an error that names the nearest one; a value of the wrong type is an
error that names the right one.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

import yaml

from paser_core.config.describe import describe
from paser_core.config.run import RunConfig
from paser_core.config.yaml_text import parse_yaml, read_yaml
from paser_core.errors import ConfigError


def plain(value: Any) -> Any:
    """A value as YAML and JSON have it."""
    if dataclasses.is_dataclass(value):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    return value.value if isinstance(value, StrEnum) else value


_LONGEST = 100  # characters of an option that a message repeats
# What a run was made with that is older than the field, by dotted name.
LATER = {path: plain(field.default) for path, field in describe(RunConfig).items() if field.later}
_UNICODE_BREAKS = re.compile("[\x85\u2028\u2029]")


def load_config(path: Path, overrides: Sequence[str] = ()) -> RunConfig:
    """Read a YAML file and apply ``a.b=c`` overrides.

    Raises:
        ConfigError: the file is missing or not YAML, a field is unknown, given twice or has a wrong
            value; the line, or the option, is named.
    """
    text = read_yaml(path)
    tree = text.mapping("the config")
    seen = override_fields(tree, overrides)
    try:
        return parse_config(tree)
    except ConfigError as error:
        if error.field in seen:
            raise ConfigError(f"--set {_short(seen[error.field])}: {error}") from error
        with text.places():
            raise


def override_fields(tree: dict[str, Any], overrides: Sequence[str]) -> dict[str, str]:
    """Put ``a.b=c`` overrides into a tree; returns each by the dotted name of its field.

    Raises:
        ConfigError: one is not written as an override, or a field is given twice.
    """
    seen: dict[str, str] = {}
    for override in overrides:
        name = _override(tree, override)
        if name in seen:
            raise ConfigError(
                f"--set {_short(override)}: {name} is given twice, the first time as --set "
                f"{_short(seen[name])}. Keep one of them."
            )
        seen[name] = override
    return seen


def parse_config(tree: Mapping[str, Any]) -> RunConfig:
    """Build a config from nested mappings, as read from YAML or JSON."""
    return RunConfig.of_tree(tree)


def to_tree(config: Any) -> dict[str, Any]:
    """Nested plain dicts, ready for YAML or JSON; ``parse_config`` reads them back."""
    tree: dict[str, Any] = plain(config)
    return tree


def determining(tree: Mapping[str, Any], at: str = "") -> dict[str, Any]:
    """A tree of the config without the fields that came later and are at their defaults.

    A run that was made before there was a field stays the same run, and its stages stay finished.
    """
    kept: dict[str, Any] = {}
    for name, value in tree.items():
        path = f"{at}.{name}" if at else name
        if isinstance(value, Mapping):
            kept[name] = determining(value, path)
        elif path not in LATER or value != LATER[path]:
            kept[name] = value
    return kept


def dump_config(config: RunConfig) -> str:
    """The config as YAML text."""
    return dump_yaml(to_tree(config))


def dump_yaml(tree: Mapping[str, Any]) -> str:
    """Plain values as YAML text, which reads back as the same."""
    text: str = yaml.dump(tree, Dumper=_Dumper, sort_keys=False, allow_unicode=True)
    return text


class _Dumper(yaml.SafeDumper):
    """PyYAML folds text at the line separators of Unicode and reads them back as spaces."""


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    # In double quotes they are escaped.
    style = '"' if _UNICODE_BREAKS.search(text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)


def _override(tree: dict[str, Any], override: str) -> str:
    """Put ``a.b=c`` into the tree; returns the dotted name."""
    key, separator, text = override.partition("=")
    if not separator or not key.strip():
        raise ConfigError(
            f"--set {_short(override)}: write it as section.field=value, e.g. --set seed=1."
        )
    *parents, leaf = key.strip().split(".")
    node = tree
    for parent in parents:
        child = node.get(parent)
        if child is None:
            child = node[parent] = {}
        if not isinstance(child, dict):
            raise ConfigError(
                f"--set {_short(override)}: '{_short(parent)}' is a value, not a section. Name a "
                "field, section.field=value."
            )
        node = child
    node[leaf] = parse_yaml(text, f"--set {_short(override)}", is_file=False).tree
    return key.strip()


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
