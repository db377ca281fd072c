"""Where in the texts of a sample its concepts were read: why a phrase counts as one.

A concept is a phrase in a form that many spellings share, which cannot be searched for. So the text is
read again as it was for the concepts (:mod:`paser_core.stages.phrases`), and where a candidate comes to a
concept, the characters that it was read of are marked.

A run does not keep what it read exactly: what many samples share was left out of the questions, and the
language of a sample was told with the help of all others. What is not found as a candidate is therefore
looked for once more as the same words in a row, and what is not found then is said.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from types import MappingProxyType

from paser_core.config import AUTO, Turns
from paser_core.language import BREAKS, ENGLISH, Speech, Traced, fold
from paser_core.runs import Run
from paser_core.runs.transcript import transcript
from paser_core.stages.phrase_shards import LONGEST_TEXT
from paser_core.stages.phrases import (
    LONGEST_STORED,
    SENTENCE_END,
    SHORTENED,
    parts,
    reads_whole,
    shortened,
    singular,
)

_SHARED = 2 * LONGEST_TEXT  # characters of what many share that may stand before what was read
# Where the language of a text by itself was another one than in its pool: English parts hyphens and
# takes plurals away, French parts at apostrophes, the others do neither.
_READINGS = ((ENGLISH,), ("fr",))
_FIELDS = ("instruction", "input", "output")


@dataclass(frozen=True, order=True)
class Span:
    """Characters ``start`` to ``end`` of a text as it is, read as a concept."""

    start: int
    end: int
    concept: str


@dataclass(frozen=True)
class Marked:
    """The places of a sample's concepts."""

    spans: Mapping[str, tuple[Span, ...]]  # by field; in order, some may overlap
    missing: tuple[str, ...]  # concepts that no text has a place for


def marked(run: Run, row: int, concepts: Sequence[str]) -> Marked:
    """Where the concepts of a sample stand in instruction, input, output and earlier turns.

    Args:
        run: of the sample.
        row: its number.
        concepts: of the sample, as the knobs leave them.
    """
    sample = run.sample(row)
    texts = [sample.instruction, sample.input, sample.output]
    language = None if run.config.data.language == AUTO else run.config.data.language
    places, missing = place(texts, concepts, language)
    found = dict(zip(_FIELDS, places, strict=True))
    if run.config.embedding.turns is Turns.ALL:
        said = conversation_text(transcript(run.conversation(row)))
        (found["conversation"],), elsewhere = place([said], concepts, language)
        missing = tuple(concept for concept in missing if concept in elsewhere)
    return Marked(MappingProxyType(found), missing)


def conversation_text(said: Sequence[tuple[str, str]]) -> str:
    """A conversation as one text, as it is shown."""
    return "\n\n".join(f"{speaker}\n{text}" for speaker, text in said)


def place(
    texts: Sequence[str], concepts: Sequence[str], language: str | None = None
) -> tuple[tuple[tuple[Span, ...], ...], tuple[str, ...]]:
    """The places of concepts in each of several texts that were read as one, and who has none.

    Args:
        texts: one below the other, as they were read.
        concepts: that were read of them.
        language: of the texts; None: told by them, and by what is found.
    """
    whole, asked = "\n".join(texts), len(set(concepts))
    tries = [(language,)] if language else [*Speech.of([whole]).languages, *_READINGS]
    best = _Found(frozenset(), frozenset())
    for codes in dict.fromkeys(tries):
        for longest in (LONGEST_TEXT, LONGEST_TEXT + _SHARED):
            found = _find(whole[:longest], concepts, codes)
            if found.score > best.score:
                best = found
            if found.score[1] == asked or longest >= len(whole):
                break
        if best.score[0] == asked:
            break
    placed = {span.concept for span in best.all}
    return _by_text(best.all, texts), tuple(c for c in dict.fromkeys(concepts) if c not in placed)


def spans(
    text: str, concepts: Sequence[str], codes: tuple[str, ...] = (ENGLISH,)
) -> tuple[Span, ...]:
    """Where concepts were read in a text, in order.

    Args:
        text: as it is.
        concepts: normalized phrases.
        codes: the languages of the text, the main one first.
    """
    return _find(text, concepts, codes).all


@dataclass(frozen=True)
class _Found:
    """What one reading of a text has found."""

    exact: frozenset[Span]  # candidates, as they became concepts
    others: frozenset[Span]  # the same words in a row, of concepts that no candidate comes to

    @property
    def all(self) -> tuple[Span, ...]:
        return tuple(sorted(self.exact | self.others))

    @cached_property
    def score(self) -> tuple[int, int]:
        """Concepts that are candidates, and that have a place at all."""
        exact = {span.concept for span in self.exact}
        return len(exact), len(exact.union(span.concept for span in self.others))


def _find(text: str, concepts: Sequence[str], codes: tuple[str, ...]) -> _Found:
    wanted = {fold(concept): concept for concept in concepts}
    read = Traced.of(text).plain()
    language, stops = codes[0], Speech(()).stop_words(codes)
    exact = frozenset(
        Span(words[0].start, words[-1].end, wanted[name])
        for run in _runs(read, language, stops | BREAKS)
        for words in _candidates(run, language)
        if (name := fold(" ".join(word.text for word in words))) in wanted
    )
    placed = {span.concept for span in exact}
    left = [concept for concept in wanted.values() if concept not in placed]
    others = _in_a_row(_runs(read, language, BREAKS), left, language) if left else ()
    return _Found(exact, frozenset(others))


def _runs(text: Traced, language: str, parting: frozenset[str]) -> Iterator[list[Traced]]:
    """The words between those that part phrases."""
    for sentence in _sentences(text, language):
        run: list[Traced] = []
        for word in sentence.tokens(language):
            if word.text not in parting:
                run.append(word)
            elif run:
                yield run
                run = []
        if run:
            yield run


def _sentences(text: Traced, language: str) -> Iterator[Traced]:
    if reads_whole(text.text, language):
        yield Traced(text.text.replace("\n", "."), text.starts, text.ends)
        return
    done = 0
    for end in SENTENCE_END.finditer(text.text):
        yield text.part(done, end.start())
        done = end.end()
    yield text.part(done, len(text.text))


def _candidates(run: Sequence[Traced], language: str) -> Iterator[Sequence[Traced]]:
    """The candidates of a run in their normal form, and the pieces of those that are long."""
    for words in [run] if len(run) <= LONGEST_STORED else shortened(run):
        normal = [part for word in words for part in _normal(word, language)]
        if normal:
            yield normal
        if len(normal) > SHORTENED:
            yield from shortened(normal)


def _normal(word: Traced, language: str) -> list[Traced]:
    """A token as the words of its normal form: those with hyphens are several."""
    found, end = [], 0
    for part in parts(word.text, language):
        start = word.text.find(part, end)
        if start < 0:  # an 's was taken out of its middle
            there = word
        else:
            end = start + len(part)
            there = word.part(start, end)
        found.append(there.named(singular(part) if language == ENGLISH else part))
    return found


def _in_a_row(runs: Iterator[list[Traced]], concepts: Sequence[str], language: str) -> set[Span]:
    """The same words one after the other, whether or not a phrase began and ended with them."""
    by_first: dict[str, list[tuple[list[str], str]]] = defaultdict(list)
    for concept in concepts:
        words = fold(concept).split(" ")
        by_first[words[0]].append((words, concept))
    found = set()
    for run in runs:
        said = [part for word in run for part in _normal(word, language)]
        names = [fold(word.text) for word in said]
        for start, name in enumerate(names):
            for words, concept in by_first.get(name, ()):
                end = start + len(words)
                if names[start:end] == words:
                    found.add(Span(said[start].start, said[end - 1].end, concept))
    return found


def _by_text(found: Sequence[Span], texts: Sequence[str]) -> tuple[tuple[Span, ...], ...]:
    """Places in the joined text as places in each of its parts."""
    begins = [0, *accumulate(len(text) + 1 for text in texts)]
    parted = []
    for text, begin in zip(texts, begins[:-1], strict=True):
        inside = [
            Span(max(span.start - begin, 0), min(span.end - begin, len(text)), span.concept)
            for span in found
        ]
        parted.append(tuple(span for span in inside if span.start < span.end))
    return tuple(parted)
