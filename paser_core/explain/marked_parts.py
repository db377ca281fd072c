"""A text in parts, each with the concepts that it belongs to: what a marked text is drawn of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from paser_core.explain.marked import Span
from paser_core.language import common_start


@dataclass(frozen=True)
class Part:
    """Some characters of a text."""

    text: str
    concepts: tuple[str, ...] = ()
    token: int = 0  # that it is, or is a part of


def parts_of(text: str, spans: Iterable[Span]) -> list[Part]:
    """A text cut where a place begins or ends; together they are the text."""
    return tokens_parted([text], [span for span in spans if span.start < len(text)])


def parts_of_tokens(tokens: Sequence[str], text: str, spans: Iterable[Span]) -> list[Part]:
    """The same of a text in tokens, which may begin with a blank, or end before the text does.

    Args:
        tokens: as a tokenizer gives them back.
        text: what they are tokens of.
        spans: places in the text. Where tokens do not give it back as it is, none is marked.
    """
    joined = "".join(tokens)
    before = len(joined) - len(joined.lstrip()), len(text) - len(text.lstrip())
    same = before[1] + common_start([joined.lstrip(), text.lstrip()])
    moved = before[0] - before[1]
    placed = [
        Span(span.start + moved, span.end + moved, span.concept)
        for span in spans
        if before[1] <= span.start and span.end <= same
    ]
    return tokens_parted(tokens, placed)


def tokens_parted(tokens: Sequence[str], spans: Sequence[Span]) -> list[Part]:
    """Tokens cut where a place in their joined text begins or ends."""
    edges = sorted({edge for span in spans for edge in (span.start, span.end)})
    coming = sorted(spans, reverse=True)
    over: list[Span] = []  # those that the part lies in
    made, begin, passed = [], 0, 0
    for number, token in enumerate(tokens):
        end = begin + len(token)
        cuts = [begin]
        while passed < len(edges) and edges[passed] < end:
            if edges[passed] > begin:
                cuts.append(edges[passed])
            passed += 1
        for start, stop in zip(cuts, [*cuts[1:], end], strict=True):
            while coming and coming[-1].start < stop:
                over.append(coming.pop())
            over = [span for span in over if span.end > start]
            text = token[start - begin : stop - begin]
            made.append(Part(text, tuple(dict.fromkeys(s.concept for s in over)), number))
        begin = end
    return made
