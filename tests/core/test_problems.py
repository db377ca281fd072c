"""Reasons for lost rows: grouped, counted, with a cure."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from paser_core.problems import foremost, nothing_measured, reasons, told_by_cure

LONG = "The prompt has {} tokens, which leaves no room for a response within divergence.max_length = 64."


def test_the_most_frequent_reason_comes_first_with_its_cure():
    problems = ["The output is empty (line 31).", *(LONG.format(n) for n in range(65, 318)), None]
    problems += ["The output is empty (line 900).", "The output is empty (column 'Gold', line 7)."]
    first, second, third = reasons(problems)
    assert (first.count, second.count, third.count) == (253, 2, 1)
    assert first.sentence.startswith("The prompt has 65 to 317 tokens")
    assert "divergence.max_length = 64" in first.sentence
    assert first.cure.startswith("Raise divergence.max_length")
    assert second.sentence == "The output is empty."
    assert third.sentence == "The output is empty (column 'Gold')."
    assert second.told(260).startswith("2 of 260 samples: The output is empty. Fill")


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.integers(1, 10**6), st.integers(1, 10**7)), max_size=40
    )
)
def test_places_and_numbers_never_split_a_reason(rows):
    problems = [f"The field {k} has {number} of it (line {line})." for k, number, line in rows]
    random.Random(0).shuffle(problems)
    found = reasons([*problems, None, ""])
    assert sum(reason.count for reason in found) == len(rows)
    assert len(found) == len({k for k, _, _ in rows})
    assert [r.count for r in found] == sorted((r.count for r in found), reverse=True)
    for reason in found:
        assert "line" not in reason.sentence
        numbers = [number for k, number, _ in rows if f"field {k} " in reason.sentence]
        assert f"{min(numbers):,}".replace(",", "") in reason.sentence.replace(",", "")


@given(st.lists(st.none() | st.text(max_size=80), max_size=20))
def test_any_text_is_a_reason(problems):
    found = reasons(problems)
    assert sum(reason.count for reason in found) == sum(bool(p) for p in problems)
    assert all(reason.cure.endswith(".") and len(reason.sentence) <= 301 for reason in found)


@given(st.lists(st.sampled_from(["a is empty", "b is empty", LONG.format(90), "odd"]), max_size=20))
def test_a_cure_is_said_once_and_no_reason_is_lost(problems):
    found = reasons(problems)
    lines = told_by_cure(found)
    text = " ".join(lines)
    assert all(text.count(reason.counted()) == 1 for reason in found)
    assert [text.count(cure) for cure in {r.cure for r in found}] == [1] * len(lines)


def test_nothing_measured_is_said_with_its_reason():
    said = nothing_measured(24, reasons([LONG.format(90)] * 24))
    assert said.startswith("0 of 24 samples could be measured, because the prompt has 90 tokens")
    assert "Raise divergence.max_length" in said
    mixed = nothing_measured(24, reasons([LONG.format(90)] * 20 + ["The output is empty."] * 4))
    assert "so for 20 of them" in mixed
    assert nothing_measured(3, ()).startswith("0 of 3 samples could be measured.")


def test_a_single_reason_more_is_no_other_reasons():
    four = reasons([*["The output is empty."] * 4, *["x"] * 3, *["y"] * 2, "z"])
    assert [r.count for r in foremost(four, 2)] == [4, 3]
    assert foremost(four[:3], 2) == four[:3]
    assert foremost(four[:2], 2) == four[:2]
    assert foremost((), 2) == ()
