"""What an English instruction asks for: its verb at the start or its question word, and its objects.

No tagger is needed for that: instructions begin with an imperative, behind words of courtesy, or they are
questions. Sentences that are neither tell what the task is about and are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import regex

from paser_core.language.english import FUNCTION_WORDS
from paser_core.language.english_tasks import (
    ASKING,
    AUXILIARY,
    DETERMINERS,
    OPENERS,
    PARTICLES,
    PREPOSITIONS,
    TASKS,
    WANTS,
)
from paser_core.language.noise import BREAK, Replacement, plain
from paser_core.language.words import normal

YES_OR_NO = "yes-or-no"
QUESTION = "question"  # whose word says little of what is asked
_TELLING = frozenset(("how many", "how much", "who", "why", "how", YES_OR_NO))
NUMBERS = "numbers"  # an object in digits

_READ = 600  # characters: what is asked comes early
_QUOTED = regex.compile(
    r"\"[^\"\n]{1,200}\"|“[^”\n]{1,200}”|(?<!\w)['‘][^'’\n]{1,200}['’](?!\w)|`[^`\n]{1,200}`"
)
_SENTENCE = regex.compile(r"[^.!?\n]+[.!?\n]*")
_MARK = regex.compile(r"(?<=\d)[.,](?=\d)")  # a decimal point ends no sentence
# A word; an identifier or a number, which is nobody's topic; any other sign.
_TOKEN = regex.compile(
    r"(?P<word>[\p{L}\p{M}]+(?:[-'’][\p{L}\p{M}]+)*)(?![\p{N}_])|(?P<number>[\p{L}\p{N}_]+)|(?P<sign>\S)"
)
_BOUND = frozenset(
    ("named", "called", "using", "containing", "based", "starting", "following", "please")
)


@dataclass(frozen=True)
class Thing:
    """A noun phrase: what is asked for, or what it is about."""

    words: tuple[str, ...]  # as they are written, without a determiner
    determiner: str = ""  # in small letters
    preposition: str = ""  # in front of it, in small letters


@dataclass(frozen=True)
class Asked:
    """One instruction."""

    verb: str = ""  # as it was said, or the question's words; empty: neither was found
    action: str = ""  # the task that the verb asks for, or the kind of question
    is_question: bool = False
    things: tuple[Thing, ...] = ()  # the object first


def asked(instruction: str) -> Asked:
    """What an instruction asks for; an empty answer where that is not plain."""
    text = _MARK.sub("", _QUOTED.sub(" , ", normal(plain(instruction[:_READ], _quietly))))
    first: list[tuple[str, str]] | None = None
    for sentence in _SENTENCE.findall(text):
        tokens = [(match.lastgroup or "sign", match.group()) for match in _TOKEN.finditer(sentence)]
        if not any(kind == "word" for kind, _ in tokens):
            continue
        found = _read(tokens)
        if found is not None:
            return found
        first = first or tokens
    return Asked(things=_things(first)) if first else Asked()


def _quietly(pattern: re.Pattern[str], replacement: Replacement, text: str) -> str:
    """Markup ends no sentence here: ``<b>Classify</b> the sentiment``."""
    return pattern.sub(" " if replacement == BREAK else replacement, text)


def _read(tokens: list[tuple[str, str]]) -> Asked | None:
    """A sentence as a request or a question; None where it is neither."""
    is_question = any(text == "?" for kind, text in tokens if kind == "sign")
    tokens = _without_openers(tokens)
    said = [text.lower() if kind == "word" else "" for kind, text in tokens]
    if not said:
        return None
    question = _question(said, 0)
    if question and (is_question or said[0] in ASKING):
        return _asked_question(tokens, *question)
    for want in WANTS:
        if tuple(said[: len(want)]) == want:
            return _request(tokens, said, " ".join(want), "give", len(want))
    phrasal = " ".join(said[:2])
    if len(said) > 1 and said[1] in PARTICLES and phrasal in TASKS:
        return _request(tokens, said, phrasal, TASKS[phrasal], 2)
    if said[0] in TASKS:
        return _request(tokens, said, said[0], TASKS[said[0]], 1)
    if is_question:
        for place in range(1, len(said)):
            if said[place] in ASKING:
                return _asked_question(
                    tokens, *(_question(said, place) or (said[place], place + 1))
                )
        return Asked("…?", QUESTION, True, _things(tokens))
    return None


def _request(
    tokens: Sequence[tuple[str, str]], said: Sequence[str], verb: str, action: str, start: int
) -> Asked:
    """A request, which may be a question: ``tell me who …``, ``decide whether …``."""
    place = start
    while place < len(said) and said[place] in ("me", "us"):
        place += 1
    if place < len(said) and said[place] in ASKING:
        return _asked_question(tokens, *(_question(said, place) or (said[place], place + 1)))
    # ``Decide by logic whether``, ``answer yes or no: does it``.
    near = said[place : place + 8]
    if "whether" in near or ("yes" in near and "no" in near):
        return Asked(YES_OR_NO, YES_OR_NO, True, _things(tokens[place:]))
    return Asked(verb, action, False, _things(tokens[place:]))


def _question(said: Sequence[str], place: int) -> tuple[str, int] | None:
    """The words of a question that begins there, and where it goes on."""
    word = said[place]
    if word == "how" and place + 1 < len(said) and said[place + 1] in ("many", "much"):
        return f"how {said[place + 1]}", place + 2
    if word == "whether":
        return YES_OR_NO, place + 1
    if word in ASKING:
        return word, place + 1
    if word in AUXILIARY and place == 0:
        return YES_OR_NO, 1
    if place + 1 < len(said) and word in ("on", "in", "at", "from", "to", "for", "by", "of"):
        after = said[place + 1]
        return (after, place + 2) if after in ("which", "what", "whom", "whose") else None
    return None


def _asked_question(tokens: Sequence[tuple[str, str]], words: str, start: int) -> Asked:
    action = words if words in _TELLING else QUESTION
    if words == "who" and start < len(tokens) and tokens[start][1].lower() not in FUNCTION_WORDS:
        start += 1  # what somebody does: ``who wrote …``
    return Asked(words, action, True, _things(tokens[start:]))


def _without_openers(tokens: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Without courtesy: ``Please, could you …``."""
    changed = True
    while changed and tokens:
        changed = False
        if tokens[0][0] == "sign":
            tokens, changed = tokens[1:], True
            continue
        said = [text.lower() for _, text in tokens[:5]]
        for opener in OPENERS:
            if tuple(said[: len(opener)]) == opener:
                tokens, changed = tokens[len(opener) :], True
                break
    return tokens


def _things(tokens: Sequence[tuple[str, str]]) -> tuple[Thing, ...]:
    """The noun phrases, as far as words between function words are such."""
    found: list[Thing] = []
    words: list[str] = []
    determiner = preposition = ""

    def close() -> None:
        nonlocal determiner, preposition
        if words:
            found.append(Thing(tuple(words), determiner, preposition))
            words.clear()
            preposition = ""
        determiner = ""

    for kind, text in tokens:
        small = text.lower().replace("’", "'")
        if kind == "number":
            close()
            preposition = ""
            if text.isdigit() and Thing((NUMBERS,)) not in found:
                found.append(Thing((NUMBERS,)))
        elif kind == "sign" or small in _BOUND:
            close()
            preposition = ""
        elif small in TASKS and not words and not determiner and not preposition:
            close()  # another verb: ``and give only the number``
        elif small in DETERMINERS:
            close()
            determiner = small
        elif small in FUNCTION_WORDS:
            close()
            preposition = small if small in PREPOSITIONS else ""
        elif len(text) > 1:
            words.append(text.removesuffix("'s").removesuffix("’s"))
    close()
    return tuple(found)
