"""The first page: what is recommended, what was found, what to watch out for."""

from __future__ import annotations

from collections.abc import Sequence

from paser_core.problems import nothing_measured, said_already, told_by_cure
from paser_core.report.damage import turning_point
from paser_core.report.gains import Gains
from paser_core.report.markup import Content, Markup, tag
from paser_core.report.parts import Section, bullets, facts, paragraph, section
from paser_core.report.subject import Capability, Damage, Subject
from paser_core.report.wording import count, listing, plural, quoted, score, share
from paser_core.selection import Selection
from paser_core.stages.scoring import FEW

_REASONS = 3  # the most frequent ones; the ledger has all
_EVEN = 1.1  # times the least damage: below that no capability stands out


def headline(subject: Subject, gains: Gains | None) -> Markup:
    """Title, recommendation and key numbers."""
    run, selection = subject.run, subject.selection
    if selection is None:
        title: Content = ("Capabilities in ", quoted(subject.source))
        lead: Content = (
            f"{plural(run.n, 'sample')} from ", quoted(subject.source), " were grouped into ",
            f"{plural(run.n_clusters, 'cluster')} that ask for the same capability. No models were "
            "given, so no damage was measured and nothing is recommended yet.",
        )  # fmt: skip
        numbers = [
            ("Samples looked at", count(run.n)),
            ("Usable", count(int(run.valid.sum()))),
            ("Capabilities", count(run.n_clusters)),
        ]
    else:
        original, compressed = subject.models
        title = ("Recovery data for ", quoted(compressed))
        share_taken = share(selection.n_selected, run.n)
        lead = (
            "Compressing a language model damages some of its skills more than others. To see "
            "which, ", quoted(compressed), " was compared with the model it was made from, ",
            quoted(original), f", on {plural(run.n, 'training sample')} from ",
            quoted(subject.source), ". ",
            ("This report recommends ",
             tag("strong", f"{count(selection.n_selected)} of the {plural(run.n, 'sample')} "
                 f"({share_taken})"),
             " for the training that is to repair the damage, and says why these.")
            if run.counts.measured
            else tag("strong", "None of them could be measured, so nothing is recommended."),
        )  # fmt: skip
        numbers = [
            ("Samples looked at", count(run.n)),
            ("Recommended", count(selection.n_selected)),
            ("Of those whose turn came, accepted", share(selection.acceptance_rate)),
        ]
        if gains is not None:
            carried = float(gains.covered[selection.n_selected])
            numbers.insert(2, ("Of all measured damage, carried by them", share(carried)))
    return tag(
        "header",
        paragraph("PASER report on the run ", quoted(run.name), kind="kicker"),
        tag("h1", title),
        paragraph(lead, kind="lead"),
        _models(subject),
        facts(numbers, "numbers"),
    )


def _models(subject: Subject) -> Markup | None:
    """What was compressed, as far as the weights tell."""
    known = [
        (quoted(name), f": {subject.weights[role]}. ")
        for role, name in zip(("original", "compressed"), subject.models, strict=True)
        if subject.weights.get(role)
    ]
    return paragraph(known, kind="small") if known else None


def in_short(subject: Subject, gains: Gains | None) -> Section:
    """The findings in a few sentences, and what to know before relying on them."""
    selection = subject.selection
    if selection is None:
        missing = (
            "Nothing about damage is known yet. Name both models in the config (models.original and "
            "models.compressed) and start ", tag("code", "paser run"), " on the same folder again; "
            "only the missing stages run. Then this report has a recommendation.",
        )  # fmt: skip
        return section(
            "short", "In short", _box("What is missing", [missing, *_of_the_run(subject)])
        )
    warnings = [*selection.warnings, *_small(subject), *_of_the_run(subject)]
    return section(
        "short",
        "In short",
        bullets(_findings(subject, selection, gains)),
        _box("Before you rely on this", warnings) if warnings else None,
    )


def _box(title: str, entries: Sequence[Content]) -> Markup:
    return tag("div", tag("h3", title), bullets(entries), class_="caution")


def _findings(subject: Subject, selection: Selection, gains: Gains | None) -> list[Content]:
    order = [
        (c, c.damage) for c in subject.capabilities if c.damage is not None and c.damage.measured
    ]
    found: list[Content] = [
        _spread(order) if order else nothing_measured(subject.run.n, subject.run.reasons)
    ]
    if selection.n_selected and len(order) > 3:
        taken = sum(d.selected for _, d in order[:3])
        size = share(sum(d.measured for _, d in order[:3]), sum(d.measured for _, d in order))
        found.append(
            f"The three most damaged capabilities hold {size} of the measured samples and get "
            f"{share(taken, selection.n_selected)} of the selection."
        )
    if gains is not None and gains.covered[-1] > 0:
        found.append(turning_point(selection, gains))
    if selection.n_selected:
        found.append(subject.over_temperature.sentence)
    forced = selection.ranking.overrides
    if forced.forced_in or forced.forced_out:
        found.append(
            f"People forced {plural(len(forced.forced_in), 'sample')} in and "
            f"{count(len(forced.forced_out))} out."
        )
    return found


def _spread(order: Sequence[tuple[Capability, Damage]]) -> Content:
    """The most and the least damaged capability, and whether the first place is certain."""
    (first, most), (last, least) = order[0], order[-1]
    if len(order) == 1:
        return ("Damage of ", quoted(first.name), f": {score(most.cds)}.")
    if most.cds <= _EVEN * least.cds:
        ends = f"{score(least.cds)} to {score(most.cds)}"
        return f"All capabilities are about equally damaged: {ends}."
    times = f", {most.cds / least.cds:.1f} times" if least.cds > 0 else ", against"
    near = [c.name for c, d in order[1:] if not d.high < most.low]  # no interval: nobody knows
    certain: Content = "Its 95 % interval lies above all others."
    if near:
        names = tag("bdi", listing(near))
        certain = ("Its lead is not certain: its interval overlaps with that of ", names, ".")
    return (
        "Most damaged: ", quoted(first.name), f" ({score(most.cds)}){times} the least damaged, ",
        quoted(last.name), f" ({score(least.cds)}). ", certain,
    )  # fmt: skip


def _small(subject: Subject) -> list[Content]:
    names = [
        c.name for c in subject.capabilities if c.damage is not None and 0 < c.damage.measured < FEW
    ]
    text = f"Too few for a reliable damage score (fewer than {FEW} measured samples): "
    return [(text, tag("bdi", listing(names)), ".")] if names else []


def _of_the_run(subject: Subject) -> list[Content]:
    """What went less than perfectly when the run was made."""
    run = subject.run
    found: list[Content] = []
    lost = run.counts.read - run.counts.usable
    if lost:
        text = f"{count(lost)} of {plural(run.n, 'sample')} could not be used. "
        found.append((text, tag("bdi", " ".join(told_by_cure(run.reasons[:_REASONS])))))
    longer = int(run.truncated.sum())
    if longer:
        found.append(
            f"{plural(longer, 'sample')} had more than {count(run.config.divergence.max_length)} "
            "tokens; the end of the response was not measured."
        )
    found += [
        tag("bdi", notice.text)
        for notice in run.notices
        if not said_already(notice.code, run.reasons[:_REASONS])
    ]
    if run.stability is not None:
        found.append(
            "Halves of the samples, clustered again from the embeddings on, agree with the clusters "
            f"to {run.stability:.2f} (adjusted Rand index; 1: the same, 0: as by chance)."
        )
    return [*found, *(run.manifest.get("models") or {}).get("notes", [])]
