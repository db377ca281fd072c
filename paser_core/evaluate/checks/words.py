"""A sentence with given words: all of them occur, and it has five to thirty words."""

from __future__ import annotations

from paser_core.evaluate.check import Case, Check


def plain_words(text: str) -> list[str]:
    """The words of a text without full stops and commas, in lower case."""
    return text.casefold().replace(".", " ").replace(",", " ").split()


def _judge(answer: str, case: Case) -> bool:
    words = plain_words(answer)
    return set(case.facts) <= set(words) and 5 <= len(words) <= 30


CHECK = Check(
    "All given words in five to thirty", _judge, facts="the words that must occur", compares=False
)
