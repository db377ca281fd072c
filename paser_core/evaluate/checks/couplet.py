"""Two lines on a topic whose last words are a known rhyme."""

from __future__ import annotations

from paser_core.evaluate.check import Case, Check
from paser_core.evaluate.checks.words import plain_words


def _judge(answer: str, case: Case) -> bool:
    topic, *rhymes = case.facts
    lines = [line.split() for line in answer.strip().splitlines()]
    return (
        len(lines) == 2
        and all(lines)
        and topic in plain_words(answer)
        and f"{lines[0][-1]} {lines[1][-1]}" in rhymes
    )


CHECK = Check(
    "Two rhyming lines on a topic",
    _judge,
    facts="the topic, then the rhymes that count, each as 'light night'",
    compares=False,
)
