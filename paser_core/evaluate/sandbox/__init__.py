"""The sandbox: programs that a model wrote run in a process of their own, within limits."""

from paser_core.evaluate.sandbox.run import Limits, Outcome, check_code, run_code, unavailable

__all__ = ["Limits", "Outcome", "check_code", "run_code", "unavailable"]
