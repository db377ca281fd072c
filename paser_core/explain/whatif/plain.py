"""The answers, in plain words. The one place where they are written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby

from paser_core.explain.whatif.answers import Counterfactual, TemperatureOutlook, WhatIf
from paser_core.selection.model import Status
from paser_core.text import listed


def sentences(
    found: Counterfactual,
    ids: Sequence[str],
    *,
    blockers: Mapping[int, WhatIf] | None = None,
    override: WhatIf | None = None,
    temperatures: TemperatureOutlook | None = None,
) -> tuple[str, ...]:
    """What would have to change, in plain words: plain text, one sentence or two each.

    Args:
        found: what the ranking tells of the sample.
        ids: ``(n,)`` names of the samples, by row.
        blockers: answers of :func:`without_sample`, by the row that was forced out.
        override: answer of :func:`without_override`.
        temperatures: answer of :func:`temperatures_for`.
    """
    said = list(_BY_STATUS[found.status](found))
    if found.status in (Status.CONFLICT, Status.OVER_BUDGET) and found.without:
        said.append(f"It would be accepted in its turn without {_concepts(found.without)}.")
    for blocker, what in (blockers or {}).items():
        still = "still " if what.status is found.status else ""
        said.append(f"If sample {ids[blocker]} were forced out, it would {still}be {_what(what)}.")
    if override is not None:
        said.append(f"Without that decision it would be {_what(override)}.")
    if temperatures is not None:
        said += _temperatures(temperatures)
    return tuple(said)


def _selected(found: Counterfactual) -> tuple[str, ...]:
    if not found.nested:
        return (_ONE_BUDGET,)
    return (
        f"It is in at every budget from {found.enters_at:,} on; the budget is {found.budget:,}.",
    )


def _over_budget(found: Counterfactual) -> tuple[str, ...]:
    if not found.nested:
        return (_ONE_BUDGET,)
    if found.enters_at is not None:
        more = found.enters_at - found.budget
        return (f"It enters at a budget of {found.enters_at:,}, {more:,} more than now.",)
    return (
        f"A larger budget does not bring it in: from a budget of {found.rejected_from:,} on it is "
        "rejected.",
    )


def _conflict(found: Counterfactual) -> tuple[str, ...]:
    if not found.nested:
        return (_ONE_BUDGET,)
    before = (found.rejected_from or 1) - 1
    samples = "sample is" if before == 1 else "samples are"
    return (
        f"No budget brings it in: its turn comes when {before:,} {samples} in, and it is rejected "
        "then.",
    )


def _invalid(found: Counterfactual) -> tuple[str, ...]:
    return ("Only other data changes that.",)


def _forced(found: Counterfactual) -> tuple[str, ...]:
    return ("A person decided that; it holds at every budget and temperature.",)


_ONE_BUDGET = (
    "Under these knobs a budget does not add to a smaller one: what another budget gives is known "
    "when it is tried."
)
_BY_STATUS: Mapping[Status, Callable[[Counterfactual], tuple[str, ...]]] = {
    Status.SELECTED: _selected,
    Status.OVER_BUDGET: _over_budget,
    Status.CONFLICT: _conflict,
    Status.INVALID: _invalid,
    Status.FORCED_IN: _forced,
    Status.FORCED_OUT: _forced,
}
_WORDS: Mapping[Status, str] = {
    Status.SELECTED: "selected",
    Status.OVER_BUDGET: "over budget",
    Status.CONFLICT: "rejected",
    Status.INVALID: "invalid",
    Status.FORCED_IN: "forced in",
    Status.FORCED_OUT: "forced out",
}


def _what(found: WhatIf) -> str:
    word = _WORDS[found.status]
    if found.status is Status.SELECTED:
        return f"{word}, as number {found.enters_at:,}"
    if found.status is Status.OVER_BUDGET and found.enters_at is not None:
        return f"{word} and enter at {found.enters_at:,}"
    return word


def _concepts(names: Sequence[str]) -> str:
    noun = "concept" if len(names) == 1 else "concepts"
    return f"the {noun} {listed([f'“{name}”' for name in names])}"


def _temperatures(found: TemperatureOutlook) -> list[str]:
    """One sentence for each stretch of neighboring temperatures at which the status differs."""
    if not found.tried:
        return []
    low, high = (f"{found.tried[i][0]:.3g}" for i in (0, -1))
    if not found.different:
        return [f"At every temperature tried, {low} to {high}, it is {_WORDS[found.now]} too."]
    said = []
    for status, stretch in groupby(found.tried, key=lambda entry: entry[1].status):
        if status is not found.now:
            span = [f"{temperature:.3g}" for temperature, _ in stretch]
            at = span[0] if len(span) == 1 else f"{span[0]} to {span[-1]}"
            said.append(f"At temperature {at} it would be {_WORDS[status]}.")
    return said
