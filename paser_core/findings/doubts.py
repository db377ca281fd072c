"""What to know before one relies on a run: what is not sure, not measured, or not as it seems."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from paser_core.findings.damage import named
from paser_core.findings.finding import Finding, Named, Topic
from paser_core.limits import Subject
from paser_core.notices import Severity
from paser_core.problems import MANY, said_already, told_by_cure
from paser_core.stages.scoring import FEW
from paser_core.text import count, plural

_REASONS = 3  # the most frequent; the ledger has all


def doubts(subject: Subject) -> Iterator[Finding]:
    """Of the selection first, then of the measurement, then of the clusters."""
    run, selection = subject.run, subject.selection
    if selection is not None:
        for warning in selection.warnings:
            yield _doubt(warning, warning=True)
    yield from _few(subject)
    reasons = run.reasons[:_REASONS]
    lost = run.counts.read - run.counts.usable
    if lost:
        why = " ".join(told_by_cure(reasons))
        told = f"{count(lost)} of {plural(run.n, 'sample')} could not be used. {why}"
        yield _doubt(told, warning=lost > MANY * run.n)
    if run.truncated.any():
        longest = count(run.config.divergence.max_length)
        yield _doubt(
            f"{plural(int(run.truncated.sum()), 'sample')} had more than {longest} tokens; the end of the "
            "response was not measured."
        )
    for notice in run.notices:
        if not said_already(notice.code, reasons):
            yield _doubt(notice.text, warning=notice.severity is Severity.WARNING)
    if run.stability is not None:
        yield _doubt(
            "Halves of the samples, clustered again from the embeddings on, agree with the clusters to "
            f"{run.stability:.2f} (adjusted Rand index; 1: the same, 0: as by chance)."
        )
    if subject.temperature_sentence is not None:
        yield _doubt(subject.temperature_sentence)
    for note in (run.manifest.get("models") or {}).get("notes", ()):
        yield _doubt(str(note))


def _few(subject: Subject) -> Iterator[Finding]:
    """Clusters whose CDS stands on a handful of samples."""
    if subject.selection is None or not subject.run.has_models:
        return
    sizes = subject.scores.sizes
    small = np.flatnonzero((sizes > 0) & (sizes < FEW)).tolist()
    if small:
        head = f"Too few for a reliable damage score (fewer than {FEW} measured samples): "
        yield _doubt(head, *named(subject, small), ".", warning=True)


def _doubt(*parts: str | Named, warning: bool = False) -> Finding:
    return Finding(Topic.DOUBT, parts, warning)
