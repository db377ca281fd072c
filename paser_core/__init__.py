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
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from paser_core.api import Comparison, Explanation, Run, Selection, open, run

__version__ = "0.2.0"

__all__ = ["Comparison", "Explanation", "Run", "Selection", "__version__", "open", "run"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(importlib.import_module("paser_core.api"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
