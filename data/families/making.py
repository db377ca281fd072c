"""Things that are made: small Python functions, and constrained creative writing."""

from __future__ import annotations

import random

from families.sample import Sample, say

# description, function name, body, arguments to try it with
_FUNCTIONS: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("adds {n} to a number", "add_{n}", "x + {n}", ("3", "-4", "10")),
    ("subtracts {n} from a number", "minus_{n}", "x - {n}", ("3", "-4", "10")),
    ("multiplies a number by {n}", "times_{n}", "x * {n}", ("3", "-4", "10")),
    ("raises a number to the power of {n}", "power_{n}", "x ** {n}", ("3", "2", "1")),
    ("tells whether a number is larger than {n}", "above_{n}", "x > {n}", ("3", "2", "50")),
    (
        "tells whether a number is divisible by {n}",
        "divides_{n}",
        "x % {n} == 0",
        ("12", "7", "90"),
    ),
    (
        "returns the first {n} characters of a string",
        "first_{n}",
        "x[:{n}]",
        ("'abcdefghijkl'", "'ab'"),
    ),
    (
        "returns the last {n} characters of a string",
        "last_{n}",
        "x[-{n}:]",
        ("'abcdefghijkl'", "'ab'"),
    ),
    ("repeats a string {n} times", "repeat_{n}", "x * {n}", ("'ab'", "''")),
    ("drops the first {n} items of a list", "drop_{n}", "x[{n}:]", ("[1, 2, 3, 4]", "[]")),
    ("keeps the first {n} items of a list", "keep_{n}", "x[:{n}]", ("[1, 2, 3, 4]", "[]")),
    (
        "tells whether a list has more than {n} items",
        "longer_{n}",
        "len(x) > {n}",
        ("[1, 2, 3]", "[]"),
    ),
)
_CODE = (
    "Write a Python function {f} that {d}.", "Implement a Python function called {f}. It {d}.",
    "Code a function {f}(x) in Python which {d}.", "Define a Python function named {f} that {d}.",
    "I need Python code: a function {f} that {d}.", "Give me a short Python function {f}; it {d}.",
    "Create the Python function {f}, which {d}.", "Program a function {f} in Python that {d}.",
)  # fmt: skip


def code(rng: random.Random) -> Sample:
    """A one-line function; ``facts`` holds its name and the arguments to try."""
    description, name, body, arguments = rng.choice(_FUNCTIONS)
    n = rng.randint(2, 9)
    name = name.format(n=n)
    text = f"def {name}(x):\n    return {body.format(n=n)}"
    return Sample(say(rng, _CODE, f=name, d=description.format(n=n)), "", text, (name, *arguments))


_NOUNS = (
    "river",
    "lamp",
    "garden",
    "violin",
    "kite",
    "lantern",
    "bridge",
    "teapot",
    "meadow",
    "compass",
    "window",
    "feather",
)
_SENTENCES = (
    "At dawn the {a} stood beside the {b} and waited.",
    "Nobody knew why the {a} dreamed of the {b}.",
    "The {a} whispered a secret to the {b}.",
    "Behind the {a} we found a silver {b}.",
    "In the rain the {a} looked like a {b}.",
    "A child carried the {a} past the {b}.",
)
_ASK_TWO = (
    "Write a sentence with the words {a} and {b}.",
    "Make up a line that contains {a} and {b}.",
    "Invent a short sentence using {a} and {b}.",
    "Compose one sentence in which {a} and {b} appear.",
    "Create a creative sentence about a {a} and a {b}.",
    "Use the words {a} and {b} in a story opening.",
    "Imagine a scene with a {a} and a {b} in one sentence.",
    "Write the first line of a tale with {a} and {b}.",
)
RHYMES = (
    ("The {t} was bright in the morning light", "and sang to itself all through the night"),
    ("I saw the {t} beside the sea", "it waved its hand and smiled at me"),
    ("A {t} came walking down the street", "with golden shoes upon its feet"),
    ("The {t} lay sleeping in the snow", "and dreamed of places far below"),
    ("Who left the {t} out in the rain", "it never will be dry again"),
)  # fmt: skip
_ASK_POEM = (
    "Write a two-line poem about a {t}.", "Compose a short rhyme about a {t}.",
    "Make up a couplet on the theme of a {t}.", "Give me two rhyming lines about a {t}.",
    "Write a tiny poem in which a {t} appears.", "Invent a rhyming couplet about a {t}.",
    "Create a little verse about a {t}.", "Please write a rhyme with a {t} in it.",
)  # fmt: skip
RHYMING = tuple(f"{a.split()[-1]} {b.split()[-1]}" for a, b in RHYMES)  # what counts as a rhyme


def creative(rng: random.Random) -> Sample:
    """A sentence with two given words, or a rhyming couplet; ``facts`` holds the words."""
    if rng.random() < 0.5:
        a, b = rng.sample(_NOUNS, 2)
        return Sample(say(rng, _ASK_TWO, a=a, b=b), "", say(rng, _SENTENCES, a=a, b=b), (a, b))
    topic = rng.choice(_NOUNS)
    text = "\n".join(rng.choice(RHYMES)).format(t=topic)
    return Sample(say(rng, _ASK_POEM, t=topic), "", text, ("couplet", topic))
