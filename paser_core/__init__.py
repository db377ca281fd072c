"""PASER: post-training data selection for the recovery of compressed language models.

::

    import paser_core as paser

    run = paser.run("pool.jsonl", original="path/to/original", compressed="./pruned", out="runs/mine")
    sel = run.select(budget=0.2)
    sel.export("exports/mine", format="alpaca")

What is offered here is in :mod:`paser_core.api`, imported when it is asked for: importing this
package loads no library.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from paser_core.api.compared import Comparison
    from paser_core.api.compressed import Compressed, compress
    from paser_core.api.evaluated import Evaluation, evaluate
    from paser_core.api.explained import Explanation
    from paser_core.api.finished import Run
    from paser_core.api.recovered import recover
    from paser_core.api.selected import Selection
    from paser_core.api.start import open, run
    from paser_core.api.studied import Study

__version__ = "0.2.0"

__all__ = [
    "Comparison",
    "Compressed",
    "Evaluation",
    "Explanation",
    "Run",
    "Selection",
    "Study",
    "__version__",
    "compress",
    "evaluate",
    "open",
    "recover",
    "run",
]

_HOMES = {
    "Comparison": "compared",
    "Compressed": "compressed",
    "Evaluation": "evaluated",
    "Explanation": "explained",
    "Run": "finished",
    "Selection": "selected",
    "Study": "studied",
    "compress": "compressed",
    "evaluate": "evaluated",
    "open": "start",
    "recover": "recovered",
    "run": "start",
}


class _Verb(ModuleType):
    """A package that is a function of the front door as well."""

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        return self.__wrapped__(*arguments, **named)

    @property
    def __wrapped__(self) -> Any:
        """The function; :mod:`inspect` looks for its signature here."""
        name = self.__name__.rpartition(".")[2]
        return getattr(importlib.import_module(f"paser_core.api.{_HOMES[name]}"), name)


def callable_package(name: str) -> None:
    """Let a package be called by the front door's function of its name, as ``paser.recover(…)``.

    Python puts a package that is imported in the place of the function.
    """
    sys.modules[name].__class__ = _Verb


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(f"paser_core.api.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
