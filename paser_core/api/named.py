"""Names of folders, files and models as they are given to the verbs."""

from __future__ import annotations

import os
from typing import Any

from paser_core.errors import ConfigError, shortened

Name = str | os.PathLike[str]
FOLDER = "the path of a folder"
MODEL = "the path of a folder or a hub name"
SAVE_FIRST = "Save a live model with save_pretrained first."


def name_of(value: Any, what: str, accepted: str, hint: str = "") -> str:
    """A path or a name as text.

    Args:
        value: what was given.
        what: the argument that it was given for.
        accepted: what may be given, in words.
        hint: a sentence for what is no name at all.

    Raises:
        ConfigError: it is none, or an empty one, which the system would take for the folder that one
            happens to be in.
    """
    if isinstance(value, str | os.PathLike):
        text = os.fsdecode(value)
        if text.strip() and "\0" not in text:
            return text
        hint = "Name it."
    raise ConfigError(
        f"{what} is {shortened(value)}; accepted: {accepted}.{f' {hint}' if hint else ''}",
        field=what,
    )
