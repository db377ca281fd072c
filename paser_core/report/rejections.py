"""The most instructive rejections, and what just missed the budget."""

from __future__ import annotations

from paser_core.report.instructive import (
    MOST_REJECTIONS,
    NearMiss,
    Rejection,
    instructive_rejections,
    near_misses,
)
from paser_core.report.markup import Content, Markup, tag
from paser_core.report.parts import Section, paragraph, section
from paser_core.report.samples import sample_card
from paser_core.report.subject import Subject
from paser_core.report.wording import count, plural, quoted
from paser_core.selection import Selection


def rejections(subject: Subject, selection: Selection) -> Section:
    """A few rejections with everything that led to them."""
    title = "The most instructive rejections"
    chosen = instructive_rejections(selection)
    if not chosen.shown:
        return section("rejections", title, paragraph("Within this budget no sample was rejected."))
    text = (
        f"{plural(selection.n_rejected, 'sample')} were rejected, because of "
        f"{plural(chosen.n_pairs, 'pair')} of phrases. Shown are the pairs that rejected most, each "
        "with the rejected sample that offers the most damage for its cost: first at most one sample "
        f"per capability, then others up to {MOST_REJECTIONS}. The phrases are marked where they can "
        "be found in the text."
    )
    cases = (
        _case(subject, selection, number, rejection)
        for number, rejection in enumerate(chosen.shown, start=1)
    )
    return section("rejections", title, paragraph(text), cases)


def missed(subject: Subject, selection: Selection) -> Section | None:
    """What a slightly larger budget would take; None where that is not known."""
    found = near_misses(selection)
    if not found:
        return None
    text = "The next samples in line, and the most damaged one that a larger budget would take."
    return section(
        "missed",
        "Just missed the budget",
        paragraph(text),
        (_near_miss(subject, selection, miss) for miss in found),
    )


def _case(subject: Subject, selection: Selection, number: int, rejection: Rejection) -> Markup:
    row, conflict = rejection.evidence.row, rejection.conflict
    first, second = conflict.first, conflict.second
    accepted = int(selection.ranking.rejected_at[row])
    return tag(
        "article",
        tag("h3", f"{number}. ", quoted(first), " with ", quoted(second)),
        paragraph(
            f"This pair rejected {plural(rejection.rejections, 'sample')}. Accepted samples have either "
            "phrase, but none has both. The sample below would have joined them; "
            f"{plural(accepted, 'sample')} had been accepted when its turn came."
        ),
        sample_card(subject, row, "Rejected", (first, second)),
        tag(
            "div",
            sample_card(subject, conflict.first_from, ("Brought in ", quoted(first)), (first,)),
            sample_card(subject, conflict.second_from, ("Brought in ", quoted(second)), (second,)),
            class_="pair",
        ),
        paragraph(tag("strong", "What would have let it in: "), _remedy(selection, rejection)),
        class_="case",
    )


def _remedy(selection: Selection, rejection: Rejection) -> Content:
    without = rejection.evidence.without
    listed: list[Content] = []
    for place, phrase in enumerate(without):
        last = place == len(without) - 1
        listed += ["" if not place else " and " if last else ", ", quoted(phrase)]
    others = len(rejection.evidence.conflicts) - 1
    reason = f" It conflicts in {plural(others, 'further pair')} too." if others else ""
    final = (
        " A larger budget does not help: it takes the same samples first, so the rejection stays."
        if selection.ranking.budget is None
        else ""
    )
    noun = "phrase" if len(without) == 1 else "phrases"
    return (
        f"without the {noun} ",
        listed,
        f" it would have been accepted at that moment.{reason}{final} A person can still force it "
        "in, with a reason.",
    )


def _near_miss(subject: Subject, selection: Selection, miss: NearMiss) -> Markup:
    more = miss.enters_at - selection.budget
    title = f"Enters at a budget of {count(miss.enters_at)}, {count(more)} more than now"
    if miss.most_damaged:
        title += "; the most damaged of those waiting"
    return sample_card(subject, miss.row, title)
