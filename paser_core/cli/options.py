"""The options of the verbs: what was typed, and which field it was typed for."""

from __future__ import annotations

import argparse
import contextlib
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from paser_core.errors import ConfigError


def typed(
    parsed: argparse.Namespace,
    fields: Mapping[str, str],
    tree: dict[str, Any],
    beside: Sequence[str] = (),
) -> dict[str, str]:
    """What was typed for each field: ``{"lr": "--lr inf"}``; what ``--set`` gives comes into a tree.

    Args:
        parsed: the command line.
        fields: dotted name of the field, by the option that gives it a value.
        tree: of the settings.
        beside: options that are no settings, such as ``out``.

    Raises:
        ConfigError: a field is given a value twice, or ``--set`` is not written as it must be.
    """
    # Only here: help must not wait for what reads YAML.
    from paser_core.config import override_fields

    found: dict[str, str] = {}
    for name, field in {**{name: name for name in beside}, **fields}.items():
        value = getattr(parsed, name)
        if value is not None and value is not False:
            text = "" if value is True else f" {shlex.quote(str(value))}"
            found[field] = f"--{name.replace('_', '-')}{text}"
    for field, override in override_fields(tree, parsed.set).items():
        if field in found and field not in beside:
            raise ConfigError(
                f"--set {override}: {field} is given twice, the other time as {found[field]}. Keep one of "
                "them.",
                field=field,
            )
        found.setdefault(field, f"--set {override}")
    return found


@contextlib.contextmanager
def told_by_option(said: Mapping[str, str]) -> Iterator[None]:
    """Begin the message of a value that is not accepted with what was typed, as :func:`typed` has it."""
    try:
        yield
    except ConfigError as error:
        option = said.get(error.field or "")
        if option is None or str(error).startswith(option):
            raise
        raise ConfigError(f"{option}: {error}", field=error.field) from error
