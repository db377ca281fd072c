"""Limits of a run and its selection: what is missed, and what is not known."""

from paser_core.limits.judging import Checked, Judged, Verdict, check, judge
from paser_core.limits.limit import Figure, Limit, Side
from paser_core.limits.settings import LimitsConfig, section
from paser_core.limits.subject import Subject

__all__ = [
    "Checked",
    "Figure",
    "Judged",
    "Limit",
    "LimitsConfig",
    "Side",
    "Subject",
    "Verdict",
    "check",
    "judge",
    "section",
]
