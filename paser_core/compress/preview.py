"""A method of compression looked at before it is started: its fields, and whether it fits a model.

Whoever only shows a preview needs none of the libraries that make one: they come with the functions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from paser_core.config import Described, check_names, describe
from paser_core.registry import COMPRESSIONS


@dataclass(frozen=True)
class MethodPreview:
    """A method, as a form has to know it."""

    title: str
    rows: int  # of calibration text, read at most as usual; 0: it reads none
    fields: tuple[Described, ...]


def preview_method(name: str) -> MethodPreview:
    """The fields of a method.

    Raises:
        ConfigError: there is none of that name.
    """
    from paser_core.compress.settings import CalibrationConfig

    method = COMPRESSIONS[name]
    rows = CalibrationConfig().rows if method.reads else 0
    return MethodPreview(method.title, rows, tuple(describe(method.settings).values()))


def check_method(name: str, settings: Mapping[str, Any], model: str) -> None:
    """See that a method can do a model, without reading its weights.

    Args:
        name: of the method.
        settings: of the method, by field.
        model: folder or hub name.

    Raises:
        PaserError: a setting is not accepted, a package is missing, or the method cannot do it.
    """
    from paser_core.compress.order import Order, check_model
    from paser_core.models.loading import load_model_config

    method = COMPRESSIONS[name]
    check_names(method.settings, settings)
    order = Order(model=model, name=name, settings=method.settings(**settings))
    check_model(order, load_model_config(model))
