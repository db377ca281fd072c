"""Who is hurt most and least, with intervals, and whether the order is sure."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from paser_core.findings.finding import Finding, Named, Topic
from paser_core.limits import Subject
from paser_core.problems import nothing_measured
from paser_core.text import percent, score

_EQUAL = 1.1  # times the least damage: below this no cluster stands out
_FOREMOST = 3
_NAMED = 5  # clusters in one sentence

_Parts = tuple[str | Named, ...]


def damage(subject: Subject) -> Iterator[Finding]:
    """One or two findings; none without a selection from a run with models."""
    if subject.selection is None or not subject.run.has_models:
        return
    order = by_damage(subject)
    if not len(order):
        run = subject.run
        yield Finding(Topic.DAMAGE, (nothing_measured(run.n, run.reasons),), warning=True)
        return
    yield Finding(Topic.DAMAGE, _ends(subject, order))
    selection = subject.selection
    if selection.n_selected and len(order) > _FOREMOST:
        first, sizes = order[:_FOREMOST], subject.scores.sizes
        holds = percent(float(sizes[first].sum()), float(sizes.sum()))
        gets = percent(float(selection.accepted[first].sum()), selection.n_selected)
        told = (
            f"The three most damaged clusters hold {holds} of the measured samples and get {gets} of the "
            "selection."
        )
        yield Finding(Topic.DAMAGE, (told,))


def by_damage(subject: Subject) -> NDArray[np.int64]:
    """Numbers of the clusters with a measured sample, most damaged first."""
    scores = subject.scores
    order = np.argsort(-scores.cds, kind="stable")
    return order[scores.sizes[order] > 0]


def named(subject: Subject, clusters: list[int]) -> _Parts:
    """``“a”, “b” and “c”``, with no more than a few of them by name."""
    shown = clusters[:_NAMED]
    rest = len(clusters) - len(shown)
    parts: list[str | Named] = []
    for place, k in enumerate(shown):
        last = place == len(shown) - 1 and not rest
        parts += [("" if not place else " and " if last else ", "), Named(k, subject.names[k])]
    return (*parts, f" and {rest} more") if rest else tuple(parts)


def _ends(subject: Subject, order: NDArray[np.int64]) -> _Parts:
    """The most and the least damaged cluster, and whether the lead is sure."""
    cds = subject.scores.cds
    first, last = int(order[0]), int(order[-1])
    most, least = Named(first, subject.names[first]), Named(last, subject.names[last])
    if len(order) == 1:
        return ("Damage of ", most, f": {_told(subject, first)}.")
    if cds[first] <= _EQUAL * cds[last]:
        return (
            f"All clusters are about equally damaged: {score(cds[last])} to {score(cds[first])}.",
        )
    times = f"{cds[first] / cds[last]:.1f} times" if cds[last] > 0 else "against"
    said: _Parts = (
        "Most damaged: ",
        most,
        f" ({_told(subject, first)}), {times} the least damaged, ",
        least,
        f" ({_told(subject, last)}). ",
    )
    # Where there is no interval, nobody knows.
    low, high = subject.scores.low, subject.scores.high
    near = [int(k) for k in order[1:] if not high[k] < low[first]]
    if not near:
        return (*said, "Its 95 % interval lies above all others.")
    return (
        *said,
        "Its lead is not sure: its 95 % interval overlaps with that of ",
        *named(subject, near),
        ".",
    )


def _told(subject: Subject, k: int) -> str:
    """``0.353, 0.338 to 0.368``: the CDS with its interval, where there is one."""
    scores = subject.scores
    if scores.sizes[k] < 2:
        return score(scores.cds[k])
    return f"{score(scores.cds[k])}, {score(scores.low[k])} to {score(scores.high[k])}"
