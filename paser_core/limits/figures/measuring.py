"""Limits of the measurement: rows that were lost on the way, and how sure the damage is."""

from __future__ import annotations

import numpy as np

from paser_core.config import setting
from paser_core.limits.limit import Figure, Limit, Side, of, unknown
from paser_core.limits.subject import NO_MODELS, Subject
from paser_core.problems import MANY, reasons, told_by_cure
from paser_core.text import count, either, plural, score

_NO_MODELS = f"Not measured: {NO_MODELS}."
_REASONS = 1  # the most frequent; the ledger has all


def _invalid(subject: Subject) -> Figure:
    run = subject.run
    lost = [problem for problem, k in zip(run.problems, run.labels, strict=True) if k < 0]
    why = told_by_cure(reasons(lost)[:_REASONS])
    told = f"{count(run.counts.invalid)} of {plural(run.counts.read, 'row')} cannot be used."
    return of(run.counts.invalid, run.counts.read, " ".join([told, *why]), "The data have no rows.")


def _unmeasured(subject: Subject) -> Figure:
    run = subject.run
    if not run.has_models:
        return unknown(_NO_MODELS)
    usable = run.counts.read - run.counts.invalid
    lost = [problem for problem, k in zip(run.problems, run.labels, strict=True) if k >= 0]
    why = told_by_cure(reasons(lost)[:_REASONS])
    told = f"{count(run.counts.unmeasured)} of {plural(usable, 'usable sample')} were not measured."
    return of(run.counts.unmeasured, usable, " ".join([told, *why]), "No row has a usable text.")


def _truncated(subject: Subject) -> Figure:
    run = subject.run
    if not run.has_models:
        return unknown(_NO_MODELS)
    longest = count(run.config.divergence.max_length)
    told = (
        f"{count(run.counts.cut)} of {plural(run.counts.measured, 'measured sample')} have more than "
        f"{longest} tokens (divergence.max_length); the end of their response was not measured."
    )
    return of(run.counts.cut, run.counts.measured, told, "No sample was measured.")


def _interval(subject: Subject) -> Figure:
    if not subject.run.has_models or subject.selection is None:
        return unknown(_NO_MODELS)
    found = subject.scores
    known = np.flatnonzero(np.isfinite(found.low) & (found.cds > 0))
    if not len(known):
        return unknown("No cluster has a damage above 0 with an interval.")
    widths = (found.high[known] - found.low[known]) / found.cds[known]
    widest = int(known[np.argmax(widths)])
    told = (
        f"Widest: “{subject.names[widest]}”, {score(found.cds[widest])} "
        f"({score(found.low[widest])} to {score(found.high[widest])}) from "
        f"{plural(int(found.sizes[widest]), 'sample')}."
    )
    alone = int((found.sizes == 1).sum())
    if alone:
        have = either(alone, "has", "have")
        told += f" {plural(alone, 'cluster')} with a single measured sample {have} none."
    return Figure(float(widths.max()), told)


INVALID = Limit(
    Side.AT_MOST,
    setting(
        MANY,
        "a few rows are broken in any pool; more are columns that were not understood",
        label="Invalid rows",
        help="At most this share of all rows cannot be used: broken, empty, or nothing the encoder reads.",
        low=0,
        high=1,
    ),
    _invalid,
)
UNMEASURED = Limit(
    Side.AT_MOST,
    setting(
        MANY,
        "what was not measured cannot be selected by damage",
        label="Unmeasured rows",
        help="At most this share of the rows with a usable text could not be measured by the models.",
        low=0,
        high=1,
    ),
    _unmeasured,
)
TRUNCATED = Limit(
    Side.AT_MOST,
    setting(
        MANY,
        "the damage of a cut response is that of its beginning",
        label="Truncated samples",
        help="At most this share of the measured samples is longer than `divergence.max_length`.",
        low=0,
        high=1,
    ),
    _truncated,
)
INTERVAL = Limit(
    Side.AT_MOST,
    setting(
        1.0,
        "half up or down: wider ones leave open whether a cluster is damaged much or little",
        label="Width of CDS intervals",
        help="Every 95 % interval of a CDS is at most this share of the CDS wide, from end to end.",
        low=0,
        high=100,
    ),
    _interval,
)
