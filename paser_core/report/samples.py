"""A sample as the report shows it: its texts, cut openly, and the numbers that decide about it."""

from __future__ import annotations

from collections.abc import Sequence

from paser_core.report.markup import Content, Markup, tag
from paser_core.report.parts import swatch
from paser_core.report.subject import Subject
from paser_core.report.wording import count, cut, highlighted, score
from paser_core.runs import Sample, TokenDivergence
from paser_core.runs.transcript import transcript

_MOST_TOKENS = 80


def sample_card(subject: Subject, row: int, title: Content, phrases: Sequence[str] = ()) -> Markup:
    """One sample in a box, with ``phrases`` marked where they occur in it."""
    sample = subject.run.sample(row)
    said = transcript(subject.run.conversation(row))
    fields = (
        ("Conversation", "\n".join(f"{speaker}: {text}" for speaker, text in said)),
        ("Instruction", sample.instruction),
        ("Input", sample.input),
        ("Response", sample.output),
    )
    texts = (
        tag("div", tag("dt", label), tag("dd", text_block(text, phrases)))
        for label, text in fields
        if text.strip()
    )
    return tag(
        "div",
        tag("p", tag("strong", title), class_="title"),
        tag("ul", (tag("li", fact) for fact in _facts(subject, sample)), class_="meta"),
        tag("dl", texts),
        "\n",
        class_="sample",
    )


def text_block(text: str, phrases: Sequence[str] = ()) -> Content:
    """A text as it is, with its line breaks, in its own direction; a long one is cut openly."""
    shown, rest = cut(text)
    more = tag("div", f"… {count(rest)} more characters", class_="more") if rest else None
    return (tag("div", highlighted(shown, phrases), class_="text", dir="auto"), more)


def token_strip(tokens: TokenDivergence) -> Markup:
    """The response token by token, shaded by how far the two models are apart."""
    shown = list(zip(tokens.tokens, tokens.bits.tolist(), strict=True))[:_MOST_TOKENS]
    rest = len(tokens.tokens) - len(shown)
    strip = (
        tag("span", token, style=f"--damage:{100 * min(max(bits, 0.0), 1.0):.0f}%")
        for token, bits in shown
    )
    more = tag("span", f"… {count(rest)} more tokens", class_="more", dir="ltr") if rest else None
    return tag("p", strip, more, class_="tokens", dir="auto")


def _facts(subject: Subject, sample: Sample) -> list[Content]:
    facts: list[Content] = [tag("span", "id ", tag("bdi", sample.id))]
    if sample.cluster in subject.by_number:
        facts.append(swatch(subject.by_number[sample.cluster]))
    if subject.selection is not None:
        damage = float(subject.selection.ranking.candidates.divergence[sample.row])
        facts += [f"damage {score(damage)}", f"{count(sample.tokens)} tokens"]
        rank = int(subject.selection.rank[sample.row])
        if rank:
            facts.append(f"taken as number {count(rank)}")
    return facts
