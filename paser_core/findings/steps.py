"""What to do next, as far as the run itself says it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from paser_core.explain.gains import Gains
from paser_core.findings.damage import named
from paser_core.findings.finding import Finding, Named, Topic
from paser_core.limits import Subject
from paser_core.problems import MANY
from paser_core.text import count, plural


def steps(subject: Subject, found: Gains | None) -> Iterator[Finding]:
    """The next steps, most pressing first.

    Args:
        subject: the run and the selection.
        found: what further samples bring; None where every budget has a selection of its own, or
            where there is no damage.
    """
    if not subject.run.has_models:
        yield _step(
            "Nothing about damage is known yet. Name both models in the config (models.original and "
            "models.compressed) and start `paser run` on the same folder again; only the missing stages run."
        )
        return
    yield from _lost(subject)
    if subject.selection is None or not np.isfinite(subject.damage).any():
        return
    if mixed := subject.mixed:
        them = "it" if len(mixed) == 1 else "them"
        yield _step(
            "Look at the parts of ",
            *named(subject, mixed),
            f" on the page Clusters: the damage there is the mean of unlike parts. Split {them}, or read the "
            "CDS with that in mind.",
        )
    if found is not None and found.selected > found.turning_point:
        yield _step(
            f"A budget of {count(found.turning_point)} would leave out what is less damaged than a random "
            "sample."
        )
    if subject.selection.n_selected:
        yield _step(
            "Export the selection, train on it and evaluate: damage that is carried is not yet repaired."
        )


def _lost(subject: Subject) -> Iterator[Finding]:
    """What to do where so many samples have no part in anything that the rest may not stand for them."""
    run = subject.run
    lost = run.counts.read - run.counts.usable
    if lost > MANY * run.n and run.counts.usable:
        first = run.reasons[0]
        told = f"{count(lost)} of {plural(run.n, 'sample')} have no part in any of this"
        yield _step(f"{told}; begin with {first.told()}")


def _step(*parts: str | Named) -> Finding:
    return Finding(Topic.NEXT, parts)
