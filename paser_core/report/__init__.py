"""The stakeholder report: one HTML file that needs no network, no script and no dashboard."""

from paser_core.report.report import build_report
from paser_core.report.write import write_report
