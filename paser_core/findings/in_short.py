"""The findings on a run and a selection, most important first."""

from __future__ import annotations

from collections.abc import Iterator

from paser_core.explain.gains import Gains, gains
from paser_core.findings.damage import damage
from paser_core.findings.doubts import doubts
from paser_core.findings.finding import Finding, Topic
from paser_core.findings.steps import steps
from paser_core.limits import Subject
from paser_core.selection.measures import measure_told
from paser_core.text import count, percent, plural


def findings(subject: Subject) -> tuple[Finding, ...]:
    """All findings, in the order of their topics.

    Without a selection (a run without models, whose selector needs them) there are doubts and a next
    step only.
    """
    selection = subject.selection
    found = gains(selection) if selection is not None and subject.run.has_models else None
    if found is not None and not found.covered[-1] > 0:
        found = None
    return (
        *damage(subject),
        *_budget(subject, found),
        *doubts(subject),
        *steps(subject, found),
    )


def _budget(subject: Subject, found: Gains | None) -> Iterator[Finding]:
    selection = subject.selection
    if selection is None:
        return
    if found is not None and found.selected:
        times = found.carried / found.at_random
        yield _of_budget(
            f"The {plural(found.selected, 'selected sample')} are {percent(found.at_random)} of the usable "
            f"ones and carry {percent(found.carried)} of all measured damage, {times:.1f} times what as many "
            "drawn at random would carry."
        )
        yield _of_budget(found.turning_sentence)
    if subject.run.has_models and not subject.setting.tempered:
        yield _of_budget(
            f"Damage is the {measure_told(subject.setting)}, not the divergence of the paper."
        )
    people = selection.ranking.overrides
    if people.forced_in or people.forced_out:
        forced = plural(len(people.forced_in), "sample")
        yield _of_budget(f"People forced {forced} in and {count(len(people.forced_out))} out.")


def _of_budget(text: str) -> Finding:
    return Finding(Topic.BUDGET, (text,))
