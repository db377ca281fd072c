"""Arithmetic and word problems."""

from __future__ import annotations

import random

from families.sample import Sample, say

_ADD = (
    "What is {a} + {b}?",
    "Calculate {a} + {b}.",
    "Add {a} and {b}.",
    "Compute the sum of {a} and {b}.",
    "How much is {a} plus {b}?",
    "Work out {a} + {b} and give only the number.",
    "Find the total of {a} and {b}.",
    "Please evaluate {a} + {b}.",
    "I need the result of {a} plus {b}.",
)
_SUB = (
    "What is {a} - {b}?",
    "Calculate {a} - {b}.",
    "Subtract {b} from {a}.",
    "Compute the difference between {a} and {b}.",
    "How much is {a} minus {b}?",
    "Work out {a} - {b} and give only the number.",
    "Take {b} away from {a}.",
    "Please evaluate {a} - {b}.",
    "I need the result of {a} minus {b}.",
)
_MUL = (
    "What is {a} * {b}?",
    "Calculate {a} times {b}.",
    "Multiply {a} by {b}.",
    "Compute the product of {a} and {b}.",
    "How much is {a} times {b}?",
    "Work out {a} * {b} and give only the number.",
    "Find {a} multiplied by {b}.",
    "Please evaluate {a} * {b}.",
)


def arithmetic(rng: random.Random) -> Sample:
    """Sums and differences of two-digit numbers, products up to ten times ten."""
    kind = rng.random()
    if kind < 0.4:
        a, b = rng.randint(2, 99), rng.randint(2, 99)
        return Sample(say(rng, _ADD, a=a, b=b), "", str(a + b))
    if kind < 0.8:
        a, b = sorted((rng.randint(2, 99), rng.randint(2, 99)), reverse=True)
        return Sample(say(rng, _SUB, a=a, b=b), "", str(a - b))
    a, b = rng.randint(2, 10), rng.randint(2, 10)
    return Sample(say(rng, _MUL, a=a, b=b), "", str(a * b))


_NAMES = ("Maria", "Ahmed", "Lena", "Tom", "Yuki", "Carlos", "Nora", "Paul", "Ines", "Omar")
_THINGS = (
    "apples", "books", "stamps", "marbles", "tickets", "eggs", "pencils", "cookies", "shells",
    "coins", "flowers", "bottles", "cards", "candles", "plates",
)  # fmt: skip
_MORE = (
    "{n} has {a} {t} and buys {b} more. How many {t} does {n} have now?",
    "{n} owns {a} {t}. A friend gives {n} {b} more. How many {t} is that in total?",
    "There are {a} {t} in a box and {b} {t} on the table. How many {t} are there altogether?",
    "In the morning {n} sold {a} {t}, in the afternoon {b}. How many {t} did {n} sell that day?",
    "{n} found {a} {t} on Monday and {b} on Tuesday. How many {t} did {n} find?",
    "A shop had {a} {t} and received {b} new ones. How many {t} does the shop have?",
)
_LESS = (
    "{n} has {a} {t} and gives away {b}. How many {t} are left?",
    "{n} had {a} {t} but lost {b} of them. How many {t} does {n} still have?",
    "A shop had {a} {t} and sold {b}. How many {t} remain?",
    "There were {a} {t} in the basket. {n} took {b} out. How many {t} stayed in the basket?",
    "{n} needs {a} {t} and already has {b}. How many more {t} does {n} need?",
    "Of {a} {t}, {b} are broken. How many {t} are still whole?",
)
_EACH = (
    "{n} fills {a} bags with {b} {t} each. How many {t} is that?",
    "There are {a} rows with {b} {t} in every row. How many {t} are there?",
    "{n} buys {a} packs of {b} {t}. How many {t} does {n} buy?",
    "Each of {a} children brings {b} {t}. How many {t} do they bring together?",
)


def word_problem(rng: random.Random) -> Sample:
    """One step, small numbers, told as a story."""
    words = {"n": rng.choice(_NAMES), "t": rng.choice(_THINGS)}
    kind = rng.random()
    if kind < 0.4:
        a, b = rng.randint(2, 40), rng.randint(2, 40)
        return Sample(say(rng, _MORE, a=a, b=b, **words), "", str(a + b))
    if kind < 0.8:
        a, b = rng.randint(12, 60), rng.randint(2, 11)
        return Sample(say(rng, _LESS, a=a, b=b, **words), "", str(a - b))
    a, b = rng.randint(2, 9), rng.randint(2, 9)
    return Sample(say(rng, _EACH, a=a, b=b, **words), "", str(a * b))
