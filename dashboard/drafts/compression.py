"""The form for a method of compression. Made in a process of its own: methods bring torch with them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from dashboard.drafts.form import Knob, knob_of
from paser_core.compress.preview import preview_method


@dataclass(frozen=True)
class MethodForm:
    """A method of compression, ready to be drawn."""

    title: str
    rows: int  # of calibration text, read at most; 0: it reads none
    knobs: tuple[Knob, ...]


def method_form(name: str) -> MethodForm:
    """The form of a method.

    Raises:
        ConfigError: there is none of that name.
    """
    method = preview_method(name)
    # Without their types, which would bring the method's own module into whoever receives this.
    knobs = (replace(knob_of(f), kinds=(), names=None, write=None) for f in method.fields)
    return MethodForm(method.title, method.rows, tuple(knobs))
