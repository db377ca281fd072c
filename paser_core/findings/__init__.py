"""A run and a selection in short: the findings that report and Overview begin with."""

from paser_core.findings.finding import Finding, Named, Topic
from paser_core.findings.in_short import findings

__all__ = ["Finding", "Named", "Topic", "findings"]
