"""Logic puzzles and list handling."""

from __future__ import annotations

import random

from families.sample import Sample, say

_PEOPLE = ("Ann", "Bob", "Cara", "Dan", "Eve", "Finn", "Gina", "Hal", "Ivy", "Jack")
_SCALES = (("taller", "tallest", "shortest"), ("older", "oldest", "youngest"),
           ("faster", "fastest", "slowest"), ("richer", "richest", "poorest"))  # fmt: skip
_KINDS = (
    ("cats", "a cat", "animals", "an animal"),
    ("roses", "a rose", "plants", "a plant"),
    ("violins", "a violin", "instruments", "an instrument"),
    ("trains", "a train", "vehicles", "a vehicle"),
    ("robins", "a robin", "birds", "a bird"),
    ("hammers", "a hammer", "tools", "a tool"),
    ("novels", "a novel", "books", "a book"),
    ("squares", "a square", "shapes", "a shape"),
)
_NOUNS = ("Rex", "Momo", "Zia", "Dax", "Pip", "Lulu", "Tiko", "Bina")
_ORDER_ASK = (
    "Who is the {s}?", "Which of the three is the {s}?", "Name the {s} person.",
    "Tell me who must be the {s}.", "Work out who is the {s}.", "Decide who is the {s} of them.",
)  # fmt: skip
_IS_ASK = (
    "Answer yes or no: does it follow that {x} is {y}?",
    "Is {x} {y}? Answer yes or no.",
    "Can we conclude that {x} is {y}? Say yes or no.",
    "Does this prove that {x} is {y}? Yes or no?",
    "Decide by logic whether {x} is {y}, yes or no.",
    "Must {x} be {y}? Reply yes or no.",
)


def logic(rng: random.Random) -> Sample:
    """Three people in order, or a syllogism that holds or does not."""
    if rng.random() < 0.5:
        a, b, c = rng.sample(_PEOPLE, 3)
        comparative, most, least = rng.choice(_SCALES)
        premises = [f"{a} is {comparative} than {b}.", f"{b} is {comparative} than {c}."]
        rng.shuffle(premises)
        top = rng.random() < 0.5
        return Sample(
            say(rng, _ORDER_ASK, s=most if top else least), " ".join(premises), a if top else c
        )
    plural, one, plural_up, one_up = rng.choice(_KINDS)
    name = rng.choice(_NOUNS)
    quantifier = rng.choice(("All", "No"))
    premises = [f"{quantifier} {plural} are {plural_up}.", f"{name} is {one}."]
    rng.shuffle(premises)
    return Sample(
        say(rng, _IS_ASK, x=name, y=one_up),
        " ".join(premises),
        "yes" if quantifier == "All" else "no",
    )


_WORDS = ("apple", "lamp", "river", "stone", "bread", "cloud", "tiger", "piano", "grass", "wheel",
          "candle", "forest", "button", "mirror")  # fmt: skip
_REVERSE = ("Reverse the list.", "Write the list backwards.", "Put the items in reverse order.",
            "List these from last to first.", "Turn the order of the list around.",
            "Give the items starting from the end.")  # fmt: skip
_SORT = (
    "Sort the numbers from small to large.",
    "Put these numbers in ascending order.",
    "Order the numbers, smallest first.",
    "Arrange the list of numbers in increasing order.",
    "Rank the numbers from lowest to highest.",
    "Sort this list in ascending order.",
)
_PICK = ("Which item is at position {i} of the list?", "Pick item number {i} from the list.",
         "Give the list entry with number {i}.", "Return element {i} of the list, counting from 1.",
         "What stands in place {i} of the list?", "Select list item {i}.")  # fmt: skip
_COUNT = ("How many items are in the list?", "Count the entries of the list.",
          "Give the length of the list.", "Tell me the number of items in this list.",
          "How long is the list?", "Count how many things are listed.")  # fmt: skip


def list_handling(rng: random.Random) -> Sample:
    """Reverse, sort, pick or count."""
    kind = rng.randrange(4)
    if kind == 1:
        numbers = rng.sample(range(1, 10), rng.randint(3, 5))
        return Sample(
            rng.choice(_SORT), ", ".join(map(str, numbers)), ", ".join(map(str, sorted(numbers)))
        )
    items = rng.sample(_WORDS, rng.randint(3, 5))
    text = ", ".join(items)
    if kind == 0:
        return Sample(rng.choice(_REVERSE), text, ", ".join(reversed(items)))
    if kind == 2:
        place = rng.randint(1, len(items))
        return Sample(say(rng, _PICK, i=place), text, items[place - 1])
    return Sample(rng.choice(_COUNT), text, str(len(items)))
