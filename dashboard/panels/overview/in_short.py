"""In short: what is damaged, what the budget buys, what is doubtful, what to do next."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard import labels
from dashboard.panels.budget import hangs_on
from dashboard.runs.findings import looked_at
from dashboard.state import focus
from dashboard.widgets.frame import View, go_to
from paser_core.findings import Finding, Topic

_WIDTHS = (1, 7)


def panel(view: View) -> None:
    """The findings of the report, by topic; a cluster that one names is a step away.

    What only explains comes last and is not folded away: what was not read or measured is told here.
    """
    findings = looked_at(
        view.run, view.setting, view.names, selected=view.selection is not None
    ).findings
    doubts = [finding for finding in findings if finding.topic is Topic.DOUBT]
    with st.container(border=True, key="in-short"):
        _row(view, "Damage", [f for f in findings if f.topic is Topic.DAMAGE])
        _row(view, "This budget", [f for f in findings if f.topic is Topic.BUDGET])
        _row(view, "In doubt", [f for f in doubts if f.warning])
        _row(view, "Next", [f for f in findings if f.topic is Topic.NEXT])
        _row(view, "Also", [f for f in doubts if not f.warning])
        if view.selection is not None and view.run.has_models:
            _hangs_on()


def _hangs_on() -> None:
    """The way from what is doubtful to how much of the selection it could move."""
    right = st.columns(_WIDTHS)[1]
    label = "What does this selection hang on?"
    if right.button(label, key="in-short-hangs-on", type="tertiary", icon=":material/balance:"):
        hangs_on.open_it()
        go_to("pages/budget.py")


def _row(view: View, head: str, findings: Sequence[Finding]) -> None:
    if not findings:
        return
    left, right = st.columns(_WIDTHS)
    left.markdown(f"**{head}**")
    with right:
        for finding in findings:
            _say(finding)
        _clusters(view, head, findings)


def _say(finding: Finding) -> None:
    text = labels.together(labels.plain(finding.text))
    st.markdown(f":orange[:material/warning:] {text}" if finding.warning else text)


def _clusters(view: View, head: str, findings: Sequence[Finding]) -> None:
    """A button for each cluster that is named, to where it is told in full."""
    numbers = list(dict.fromkeys(k for finding in findings for k in finding.clusters))
    if not numbers:
        return
    with st.container(horizontal=True, gap="small"):
        for k in numbers:
            name = labels.plain(labels.excerpt(view.names[k], 40))
            key = f"in-short-{head}-{k}"
            if st.button(name, key=key, type="tertiary", icon=":material/arrow_forward:"):
                focus.choose_cluster(k)
                go_to("pages/clusters.py")
