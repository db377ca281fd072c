"""In short: what is damaged, what the budget buys, what is doubtful, what to do next."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard import labels
from dashboard.runs.findings import in_short
from dashboard.state import focus
from dashboard.widgets.frame import View, go_to
from paser_core.findings import Finding, Topic

_HEADS = {
    Topic.DAMAGE: "Damage",
    Topic.BUDGET: "This budget",
    Topic.DOUBT: "In doubt",
    Topic.NEXT: "Next",
}
_WIDTHS = (1, 7)
_DOUBTS = (
    2  # shown at once where none is a warning: what only explains must not push away what follows
)


def panel(view: View) -> None:
    """The findings of the report, by topic; a cluster that one names is a step away."""
    findings = in_short(view.run, view.setting, view.names, selected=view.selection is not None)
    with st.container(border=True, key="in-short"):
        for topic, head in _HEADS.items():
            own = [finding for finding in findings if finding.topic is topic]
            if own:
                left, right = st.columns(_WIDTHS)
                left.markdown(f"**{head}**")
                with right:
                    _topic(view, topic, own)


def _topic(view: View, topic: Topic, findings: Sequence[Finding]) -> None:
    if topic is not Topic.DOUBT:
        for finding in findings:
            _say(finding)
        _clusters(view, topic, findings)
        return
    warnings = [finding for finding in findings if finding.warning]
    rest = [finding for finding in findings if not finding.warning]
    shown = _DOUBTS if not warnings else 0
    for finding in (*warnings, *rest[:shown]):
        _say(finding)
    _clusters(view, topic, warnings)
    if rest[shown:]:
        with st.expander(f"{labels.plural(len(rest[shown:]), 'more note')}"):
            for finding in rest[shown:]:
                _say(finding)


def _say(finding: Finding) -> None:
    text = labels.together(labels.plain(finding.text))
    st.markdown(f":orange[:material/warning:] {text}" if finding.warning else text)


def _clusters(view: View, topic: Topic, findings: Sequence[Finding]) -> None:
    """A button for each cluster that is named, to where it is told in full."""
    numbers = list(dict.fromkeys(k for finding in findings for k in finding.clusters))
    if not numbers:
        return
    with st.container(horizontal=True, gap="small"):
        for k in numbers:
            name = labels.plain(labels.excerpt(view.names[k], 40))
            if st.button(
                name, key=f"in-short-{topic}-{k}", type="tertiary", icon=":material/arrow_forward:"
            ):
                focus.choose_cluster(k)
                go_to("pages/clusters.py")
