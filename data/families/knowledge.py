"""Factual recall: a table of our own, asked in many ways."""

from __future__ import annotations

import random

from families.sample import Sample, say

CAPITALS = {
    "France": "Paris", "Germany": "Berlin", "Italy": "Rome", "Spain": "Madrid",
    "Portugal": "Lisbon", "Austria": "Vienna", "Greece": "Athens", "Poland": "Warsaw",
    "Norway": "Oslo", "Sweden": "Stockholm", "Finland": "Helsinki", "Denmark": "Copenhagen",
    "Ireland": "Dublin", "Hungary": "Budapest", "Japan": "Tokyo", "China": "Beijing",
    "India": "New Delhi", "Egypt": "Cairo", "Kenya": "Nairobi", "Ghana": "Accra",
    "Morocco": "Rabat", "Canada": "Ottawa", "Cuba": "Havana", "Peru": "Lima",
    "Chile": "Santiago", "Argentina": "Buenos Aires", "Thailand": "Bangkok",
    "Vietnam": "Hanoi", "Australia": "Canberra", "Turkey": "Ankara",
}  # fmt: skip
SYMBOLS = {
    "hydrogen": "H", "helium": "He", "carbon": "C", "nitrogen": "N", "oxygen": "O",
    "sodium": "Na", "iron": "Fe", "copper": "Cu", "silver": "Ag", "gold": "Au", "lead": "Pb",
    "tin": "Sn", "zinc": "Zn", "calcium": "Ca", "potassium": "K", "sulfur": "S",
}  # fmt: skip
CONTINENTS = {
    "France": "Europe", "Poland": "Europe", "Norway": "Europe", "Greece": "Europe",
    "Japan": "Asia", "India": "Asia", "Vietnam": "Asia", "Thailand": "Asia",
    "Kenya": "Africa", "Ghana": "Africa", "Egypt": "Africa", "Morocco": "Africa",
    "Peru": "South America", "Chile": "South America", "Canada": "North America",
    "Cuba": "North America",
}  # fmt: skip
YOUNG = {
    "dog": "puppy", "cat": "kitten", "cow": "calf", "horse": "foal", "sheep": "lamb",
    "goat": "kid", "hen": "chick", "duck": "duckling", "lion": "cub", "frog": "tadpole",
    "swan": "cygnet", "deer": "fawn",
}  # fmt: skip

_TABLES = (
    (
        CAPITALS,
        (
            "What is the capital of {k}?",
            "Name the capital city of {k}.",
            "Which city is the capital of {k}?",
            "Tell me the capital of {k}.",
            "{k} has which capital city?",
            "Give the capital of {k}.",
            "I forgot the capital of {k}. What is it?",
            "Quiz question: capital of {k}?",
            "What city is the seat of government of {k}?",
            "State the capital city of {k}.",
        ),
    ),
    (
        SYMBOLS,
        (
            "What is the chemical symbol of {k}?",
            "Give the symbol for the element {k}.",
            "Which symbol stands for {k} in the periodic table?",
            "Name the chemical symbol for {k}.",
            "How is {k} written in the periodic table?",
            "Chemistry quiz: symbol of {k}?",
            "Tell me the symbol of the element {k}.",
            "What letters denote {k} in chemistry?",
        ),
    ),
    (
        CONTINENTS,
        (
            "On which continent is {k}?",
            "Which continent does {k} belong to?",
            "Name the continent of {k}.",
            "{k} lies on which continent?",
            "Tell me the continent where {k} is found.",
            "In what continent would you find {k}?",
            "Geography quiz: continent of {k}?",
            "State the continent of {k}.",
        ),
    ),
    (
        YOUNG,
        (
            "What is a young {k} called?",
            "Name the young of a {k}.",
            "What do we call a baby {k}?",
            "Give the word for a young {k}.",
            "Which word means a baby {k}?",
            "Tell me what a young {k} is called.",
            "Animal quiz: the young of a {k}?",
            "How is a baby {k} called?",
        ),
    ),
)


def fact(rng: random.Random) -> Sample:
    """One fact; tables are drawn by their size."""
    table, templates = rng.choices(_TABLES, weights=[len(t) for t, _ in _TABLES])[0]
    key = rng.choice(list(table))
    return Sample(say(rng, templates, k=key), "", table[key])
