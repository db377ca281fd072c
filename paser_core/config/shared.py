"""Fields that several sections have: how a model is held while it works, and how prompts are written.

What they mean is said here once; why a default holds is the section's to say.
"""

from __future__ import annotations

import datetime
from typing import Any

from paser_core.config.options import Device, DType
from paser_core.config.section import coerced, setting
from paser_core.errors import ConfigError, shortened


def device(why: str = "an accelerator where there is one") -> Device:
    """Where a model works."""
    return setting(
        Device.AUTO,
        why,
        label="Device",
        help="auto takes an accelerator where there is one.",
    )


def dtype(why: str, help: str) -> DType:
    """The number format of weights."""
    return setting(DType.AUTO, why, label="Precision", help=help)


def date(why: str, help: str) -> str:
    """What a chat template reads that writes today's date."""
    return setting("2025-01-01", why, label="Date of the template", help=help, read=_read_date)


def _read_date(value: Any, path: str) -> str:
    text: str = coerced(str, value, path)
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        raise ConfigError(
            f"{path} is {shortened(text)}; write a date as 2025-01-31.", field=path
        ) from None
    return text
