"""Edits in plain words. The one place where they are written. Plain text, never Markdown."""

from __future__ import annotations

from datetime import UTC, datetime

from paser_core.review import corrections, views
from paser_core.review.model import CORRECTIONS, Edit, Kind, Subject, Verdict
from paser_core.review.verdicts import unpack
from paser_core.text import excerpt, plural

_EXCERPT = 80
_CONCEPT = 40


def describe(edit: Edit, target: Edit | None = None) -> str:
    """Who did what, without a full stop: ``Ann renamed this cluster to “X”``.

    ``target`` is the edit that an undo undoes, where it is known.
    """
    this = _this(edit.subject)
    if edit.kind is Kind.VERDICT:
        return f"{edit.author} {_judged(edit)}"
    if edit.kind in CORRECTIONS:
        return f"{edit.author} {_corrected(edit)}"
    if edit.kind is Kind.VIEW:
        return f"{edit.author} saved the view “{views.unpack(edit).name}”"
    if target is not None and target.kind is Kind.VIEW:
        return f"{edit.author} undid an edit: {describe(target)}"
    return (
        f"{edit.author} "
        + {
            Kind.RENAME: f"renamed {this} to “{edit.value}”",
            Kind.FORCE_IN: f"forced {this} in (“{excerpt(edit.reason, _EXCERPT)}”)",
            Kind.FORCE_OUT: f"forced {this} out (“{excerpt(edit.reason, _EXCERPT)}”)",
            Kind.RELEASE: f"set {this} back to automatic",
            Kind.SEEN: f"looked at {this}",
            Kind.NOTE: f"wrote a note on {this}: “{excerpt(edit.value, _EXCERPT)}”",
            Kind.UNDO: f"undid an edit of {this}" + (f": {describe(target)}" if target else ""),
        }[edit.kind]
    )


def when(edit: Edit, now: datetime | None = None) -> str:
    """``at 14:02 UTC``, with the date in front where that is not today."""
    now = now or datetime.now(UTC)
    day = "" if edit.time.date() == now.date() else f"on {edit.time:%Y-%m-%d} "
    return f"{day}at {edit.time:%H:%M} UTC"


def _corrected(edit: Edit) -> str:
    made = corrections.unpack(edit)
    why = f" (“{excerpt(edit.reason, _EXCERPT)}”)"
    if edit.kind is Kind.MERGE:
        return f"merged this cluster into cluster {made.into}{why}"
    number = plural(len(made.samples), "sample")
    if edit.kind is Kind.MOVE:
        return f"moved {number} into this cluster{why}"
    return f"made this cluster, “{made.name}”, of {number}{why}"


def _judged(edit: Edit) -> str:
    clash, verdict = unpack(edit)
    first, second = (f"“{excerpt(c, _CONCEPT)}”" for c in clash.concepts)
    about = f"the conflict of {first} and {second}"
    return {
        Verdict.TRUE: f"judged {about} a true one",
        Verdict.FALSE: f"judged {about} a false one",
        Verdict.UNSURE: f"was unsure about {about}",
    }[verdict]


def _this(subject: Subject) -> str:
    if isinstance(subject, tuple):
        return plural(len(subject), "sample")
    return "this cluster" if isinstance(subject, int) else "this sample"
