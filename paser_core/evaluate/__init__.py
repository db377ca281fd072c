"""Evaluation: what a model can do, item by item.

``paser_core.evaluate(model, tasks=…, out=…)`` runs one; a task of your own is a :class:`Task`.
"""

from typing import TYPE_CHECKING, Any

from paser_core import callable_package
from paser_core.evaluate.sandbox import Limits, check_code

if TYPE_CHECKING:
    from paser_core.evaluate.check import Check
    from paser_core.evaluate.task import Task

__all__ = ["Check", "Limits", "Task", "check_code"]

callable_package(__name__)


def __getattr__(name: str) -> Any:
    # Late: the sandbox's own process imports this package, and shall start in milliseconds.
    if name == "Check":
        from paser_core.evaluate.check import Check

        return Check
    if name == "Task":
        from paser_core.evaluate.task import Task

        return Task
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
