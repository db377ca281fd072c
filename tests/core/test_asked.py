"""What an instruction asks for, by hand."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paser_core.language.asked import NUMBERS, QUESTION, YES_OR_NO, asked
from paser_core.language.english_tasks import TASKS, VAGUE


def things(instruction):
    return [" ".join(thing.words) for thing in asked(instruction).things]


@pytest.mark.parametrize(
    ("instruction", "verb", "action", "thing"),
    [
        ("Write a short story about a dragon.", "write", "write", "short story"),
        ("Please write a short story.", "write", "write", "short story"),
        ("Could you please compose a poem?", "compose", "write", "poem"),
        ("I want you to translate this phrase into French", "translate", "translate", "phrase"),
        ("Work out 85 - 64 and give only the number.", "work out", "calculate", NUMBERS),
        ("Sum up the text, leaving out details.", "sum up", "summarize", "text"),
        ("I need the result of 45 plus 79.", "i need", "give", "result"),
        ("Translate 'give me a red fish' to Spanish.", "translate", "translate", "Spanish"),
        ("Hello, can you help me to fix my Python code?", "fix", "edit", "Python code"),
        ("<b>Classify</b> the sentiment:", "classify", "classify", "sentiment"),
        ("Write a Python function named add_2 that adds 2.", "write", "write", "Python function"),
        ("LIST three team sports", "list", "list", "team sports"),
        ("The text is long. Summarize it in a sentence.", "summarize", "summarize", "sentence"),
    ],
)
def test_requests(instruction, verb, action, thing):
    found = asked(instruction)
    assert (found.verb, found.action) == (verb, action)
    assert not found.is_question
    assert things(instruction)[0] == thing


@pytest.mark.parametrize(
    ("instruction", "words", "action"),
    [
        ("Tom has 3 apples. He eats one. How many apples are left?", "how many", "how many"),
        ("Who is the tallest?", "who", "who"),
        ("Tell me who must be the fastest.", "who", "who"),
        ("Decide who is the fastest of them.", "who", "who"),
        ("What is the capital of Peru?", "what", QUESTION),
        ("On what day did this take place?", "what", QUESTION),
        ("In which continent would you find Kenya?", "which", QUESTION),
        ("Geography quiz: continent of Ghana?", "…?", QUESTION),
        ("Is Rex a dog?", YES_OR_NO, YES_OR_NO),
        ("Decide by logic whether Bina is a bird, yes or no.", YES_OR_NO, YES_OR_NO),
        ("Answer yes or no: does it follow that Rex is a shape?", YES_OR_NO, YES_OR_NO),
        ("Why is the sky blue?", "why", "why"),
        ("what is photosynthesis", "what", QUESTION),
    ],
)
def test_questions(instruction, words, action):
    found = asked(instruction)
    assert (found.verb, found.action, found.is_question) == (words, action, True)


@pytest.mark.parametrize(
    "instruction",
    [
        "",
        "   ",
        "…",
        "12 + 3",
        "Tom went home.",
        "日本の首都はどこですか。",
        "<br/>",
        "please",
        "a_b c3",
    ],
)
def test_where_nothing_is_plain_nothing_is_said(instruction):
    assert asked(instruction).action == ""


def test_a_thing_knows_its_determiner_and_preposition():
    first, second = asked("Translate the phrase into Spanish.").things
    assert (first.determiner, first.preposition) == ("the", "")
    assert (second.determiner, second.preposition) == ("", "into")


def test_a_quotation_is_not_what_is_asked():
    assert things("Give the Spanish for 'a small kitchen'.") == ["Spanish"]
    assert asked('"Write a poem" is what she said. Who said it?').action == "who"
    assert things("Describe the dog's house.") == ["dog house"]


def test_every_task_is_named_by_one_of_its_verbs():
    assert all(TASKS[name] == name for name in set(TASKS.values()))
    assert set(TASKS.values()) >= VAGUE


@given(st.text(max_size=200))
@settings(max_examples=300, deadline=None)
def test_any_text_is_read(text):
    found = asked(text)
    assert all(thing.words and all(thing.words) for thing in found.things)
    assert asked(text) == found
