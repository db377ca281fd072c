"""Damage by capability, and what the budget buys."""

from __future__ import annotations

from paser_core.report.figures import gains_figure, interval_bar
from paser_core.report.gains import Gains
from paser_core.report.markup import Content, tag
from paser_core.report.parts import Column, Section, paragraph, section, swatch, table
from paser_core.report.subject import Capability, Damage, Subject
from paser_core.report.wording import count, damage, excerpt, plural, quoted, score, share, some_of
from paser_core.selection import Selection

_KEYWORDS = 6


def capabilities(subject: Subject) -> Section:
    """The clusters in words, with their damage where it was measured."""
    if subject.selection is None:
        return section("capabilities", "Capabilities", _sizes(subject))
    return section("capabilities", "Damage by capability", _measured(subject, subject.selection))


def _sizes(subject: Subject) -> Content:
    columns = (Column("Capability", kind="name"), Column("Samples", numeric=True))
    rows = [(_name(c), count(c.size)) for c in subject.capabilities]
    return (
        paragraph("Groups of samples that ask for the same kind of skill, the largest first."),
        table("Capabilities and their size", columns, rows),
    )


def _measured(subject: Subject, selection: Selection) -> Content:
    columns = (
        Column("Capability", kind="name"),
        Column("Samples measured", numeric=True),
        Column("", kind="picture"),
        Column("Damage", numeric=True),
        Column("95 % interval", numeric=True),
        Column("Share of selection", numeric=True),
    )
    measured = [(c, c.damage) for c in subject.capabilities if c.damage is not None]
    top = max((_end(d) for _, d in measured if d.measured), default=0.0)
    rows = [
        (
            _name(c),
            some_of(d.measured, c.size),
            interval_bar(d.cds, d.low, d.high, top, c.color) if d.measured else None,
            damage(d.cds),
            f"{score(d.low)} to {score(d.high)}" if d.measured > 1 else "–",
            share(d.selected, selection.n_selected),
        )
        for c, d in measured
    ]
    return (
        paragraph(
            "The damage of a capability is the mean over its measured samples, on a scale from 0 (the two "
            "models predict the same) to 1 (nothing in common). The thin line on a bar is a 95 % "
            "interval: where two of them overlap, the order of the two may be chance."
        ),
        table("Damage by capability, most damaged first", columns, rows),
    )


def _end(d: Damage) -> float:
    return d.high if d.measured > 1 else d.cds


def budget(subject: Subject, selection: Selection, gains: Gains | None) -> Section:
    """How the selection is spread, and what a larger one would bring."""
    columns = [
        Column("Capability", kind="name"),
        Column("Selected", numeric=True),
        Column("Of its measured samples", numeric=True),
        Column("Rejected", numeric=True),
        Column("Mean damage of the selected", numeric=True),
    ]
    if gains is not None:
        columns.append(Column("Next 10 % would add", numeric=True))
    rows = [_budget_row(c, c.damage, gains) for c in subject.capabilities if c.damage is not None]
    return section(
        "budget",
        "What the budget buys",
        paragraph(_acceptance(selection)),
        _worth(selection, gains),
        table("The selection by capability", columns, rows),
    )


def _budget_row(c: Capability, d: Damage, gains: Gains | None) -> tuple[Content, ...]:
    row = (
        swatch(c),
        count(d.selected),
        share(d.selected, d.measured),
        count(d.rejected),
        score(d.mean_selected),
    )
    return row if gains is None else (*row, f"+{count(gains.next_per_cluster[c.number])}")


def _acceptance(selection: Selection) -> str:
    text = f"The budget is {plural(selection.budget, 'sample')}; {count(selection.n_selected)} are selected. "
    if not selection.n_considered:
        return text + "No sample was considered."
    return text + (
        f"The turn of {plural(selection.n_considered, 'sample')} came, and "
        f"{share(selection.acceptance_rate)} of them were accepted; the others were rejected because "
        "they conflict with samples accepted before."
    )


def _worth(selection: Selection, gains: Gains | None) -> Content:
    if gains is None:
        return paragraph(
            "With this order of selection every budget has a selection of its own, so nothing is "
            "said here about what a larger budget would add."
        )
    if not selection.n_selected or gains.covered[-1] == 0:
        return None
    carried = float(gains.covered[selection.n_selected])
    at_random = selection.n_selected / gains.usable
    description = (
        f"The {count(selection.n_selected)} selected samples are {share(at_random)} of the usable "
        f"ones and carry {share(carried)} of all measured damage, "
        f"{carried / at_random:.1f} times what as many samples drawn at random would carry."
    )
    return (
        paragraph(description),
        tag(
            "figure",
            gains_figure(gains, selection.n_selected, description),
            tag(
                "figcaption",
                "How much of all measured damage the first samples carry, in the order in which a "
                "growing budget takes them; the line ends where no further sample would be accepted. "
                "Damage carried is not damage repaired: that shows only after training.",
            ),
        ),
        paragraph(_next(selection, gains)),
        paragraph(turning_point(selection, gains)),
    )


def _next(selection: Selection, gains: Gains) -> str:
    more = len(gains.next_rows)
    if not more:
        return "A larger budget adds nothing: no sample is left that would be accepted."
    return (
        f"A budget larger by a tenth would add {plural(more, 'sample')} with a mean damage of "
        f"{score(gains.next_mean)}, against {score(gains.mean_selected)} for those selected and "
        f"{score(gains.mean_all)} for all usable samples."
    )


def turning_point(selection: Selection, gains: Gains) -> str:
    """Where a further sample brings no more than a random one, and on which side we are."""
    turn = gains.turning_point
    if turn == len(gains.covered) - 1:
        return "Every sample that would be accepted carries more damage than a random one."
    text = (
        f"Returns diminish from a budget of {count(turn)} on ({share(turn, gains.usable)} of the "
        "usable samples): what enters after that is, on the whole, less damaged than a sample drawn "
        "at random. "
    )
    if selection.n_selected > turn:
        return text + "This selection is beyond that point."
    return text + f"This selection stops {plural(turn - selection.n_selected, 'sample')} before it."


def _name(c: Capability) -> Content:
    words = ", ".join(c.keywords[:_KEYWORDS])
    example = ("For example: ", quoted(excerpt(c.example))) if c.example else None
    return (
        swatch(c),
        tag("span", words, class_="small", dir="auto") if words else None,
        tag("span", example, class_="small") if example else None,
    )
