"""How PASER decides, what a measurement looks like, and how many samples each step leaves."""

from __future__ import annotations

import numpy as np

from paser_core.report.markup import Content, Markup, tag
from paser_core.report.parts import Column, Section, paragraph, section, table
from paser_core.report.samples import token_strip
from paser_core.report.subject import Subject
from paser_core.report.wording import count, excerpt, quoted, share

_SHORTEST, _LONGEST = 10, 40  # response tokens of the example: a pattern shows, and it is read


def how(subject: Subject) -> Section:
    """The method in one paragraph, with a sample as an example."""
    text = paragraph(
        "First, samples that ask for the same kind of skill are grouped by what they say. Then both "
        "models read every sample, and at each step of the given response their predictions of what "
        "comes next are compared: 0 means the same, 1 means nothing in common. The mean over a "
        "response is the ", tag("em", "damage"), " of the sample; the mean over a group is the "
        "damage of that capability. The budget is split between the groups in proportion to their "
        "damage, and within a group the samples with much damage for little training cost come "
        "first. Last, a sample is rejected if it joins two phrases that the samples accepted before "
        "know only apart. That is a precaution: such a sample could teach the model a link that "
        "nothing else in the selection supports."
    )  # fmt: skip
    return section("how", "How PASER decides", text, _example(subject))


def funnel(subject: Subject) -> Section:
    """From all samples to the selected ones."""
    run, selection = subject.run, subject.selection
    steps = [
        ("Samples", "rows of the data set", run.n),
        ("Valid", "complete and readable", int(run.valid.sum())),
        ("In a cluster", "grouped by capability", int((run.valid & (run.labels >= 0)).sum())),
    ]
    if selection is not None:
        steps += [
            ("Considered", "their turn came within the budget", selection.n_considered),
            ("Rejected", "in conflict with samples accepted before", selection.n_rejected),
            ("Selected", "accepted", selection.n_selected),
        ]
    rows = [
        (name, meaning, count(number), share(number, run.n), _bar(number, run.n))
        for name, meaning, number in steps
    ]
    columns = (
        Column("Step"),
        Column("What it means"),
        Column("Samples", numeric=True),
        Column("Of all", numeric=True),
        Column("", kind="picture"),
    )
    end = "clusters" if selection is None else "selection"
    return section(
        "funnel",
        f"From samples to {end}",
        table("How many samples each step leaves", columns, rows),
    )


def _bar(part: int, whole: int) -> Markup:
    filled = tag("span", style=f"width:{100 * part / max(whole, 1):.2f}%")
    return tag("span", filled, class_="track", aria_hidden="true")


def _example(subject: Subject) -> Content:
    """The most damaged selected response of a readable length, token by token."""
    run, selection = subject.run, subject.selection
    if selection is None:
        return None
    lengths = run.samples["response_tokens"].fillna(0).to_numpy(np.int64)[selection.rows]
    readable = selection.rows[(lengths >= _SHORTEST) & (lengths <= _LONGEST)]
    if not len(readable):
        return None
    row = int(readable[np.argmax(selection.ranking.candidates.divergence[readable])])
    tokens = run.token_divergence(row)
    if tokens is None or not len(tokens.tokens):
        return None
    worst = int(np.argmax(tokens.bits))
    sample = run.sample(row)
    return tag(
        "figure",
        tag("p", "For example, the response to ", quoted(excerpt(sample.instruction)), ":"),
        token_strip(tokens),
        tag(
            "figcaption",
            "The stronger the shade of a piece of the response, the further the two models are apart "
            "there (at temperature 1). They are furthest apart at ",
            quoted(tokens.tokens[worst].strip()),
            f": {tokens.bits[worst]:.2f}, where 1 is the most there can be. Marks in pointed "
            "brackets, if any, are the tokenizer’s own.",
        ),
        class_="example",
    )
