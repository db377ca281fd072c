"""Boilerplate: what all share goes, what is asked stays, and no two texts become one."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paser_core.stages.boilerplate import without_shared

THINGS = [
    "bread", "tall lamps", "a bicycle", "old maps", "the moon", "copper wire", "green tea", "glue",
    "winter tires", "a violin", "salt", "paper boats", "rivers", "bees", "chess", "concrete",
]  # fmt: skip
ASKED = [
    form.format(thing)
    for thing in THINGS
    for form in ("How is {} made?", "Name two uses of {}.", "Who first sold {}?", "Draw {}!")
]
LONG = (
    "You are the assistant of a shop. Rule {i}: be kind to whoever asks, and mention clause {i}. "
)
PROMPTS = [
    "".join(LONG.format(i=i) for i in range(start, start + 8)) + "\n\n" for start in (1, 40, 80)
]
ENDS = ["", "\n\n### Response:\n", " Please answer in one short sentence.", "\nAnswer:"]
FEW_SHOT = "Q: How is soap made? A: From fat and lye.\nQ: Who first sold silk? A: Traders.\n" * 4


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("start", ["", PROMPTS[0], "### Instruction:\n", FEW_SHOT + "Q: "])
def test_what_all_share_is_left_out(start, end):
    stripped = without_shared([f"{start}{asked}{end}" for asked in ASKED])
    assert list(stripped.texts) == ASKED
    assert [n.count for n in stripped.notices] == ([len(ASKED)] if start or end else [])


def test_several_prompts_in_one_pool_and_texts_without_one():
    starts = [*PROMPTS, ""]
    texts = [starts[i // 4 % 4] + asked for i, asked in enumerate(ASKED)]
    assert list(without_shared(texts).texts) == ASKED


def test_a_prompt_in_a_script_without_spaces():
    prompt = "你是一家家具店的客服助手。请礼貌地回答每一位顾客的问题，并且不要超过二十个字。" * 6
    things = ["面包", "灯", "自行车", "地图", "月亮", "铜线", "绿茶", "胶水", "盐", "纸船"]
    assert list(without_shared([f"{prompt}{thing}" for thing in things]).texts) == things


def test_blocks_in_the_middle_and_in_any_order_are_left_out():
    shots = [
        f"Example {i}: the {thing} is sold by weight and never returned."
        for i, thing in enumerate(THINGS[:6])
    ]
    texts = []
    for i, asked in enumerate(ASKED):
        order = shots[i % 6 :] + shots[: i % 6]
        texts.append("\n".join([f"Case {i}.", *order, asked]))
    for text, asked in zip(without_shared(texts).texts, ASKED, strict=True):
        assert text.endswith(asked)
        assert "never returned" not in text


def test_a_task_that_some_samples_share_is_what_is_asked():
    tasks = ["Translate into French: ", "Say whether this is true: ", "Count the letters of: "]
    texts = [tasks[i % 3] + asked for i, asked in enumerate(ASKED)]
    assert list(without_shared(texts).texts) == texts
    behind = [PROMPTS[0] + text for text in texts]
    assert list(without_shared(behind).texts) == texts


def test_texts_that_differ_only_in_what_is_shared_stay_different():
    texts = [prompt + asked for prompt in PROMPTS[:2] for asked in ASKED[:20]]
    short = without_shared(texts).texts
    assert len(set(short)) == len(texts)
    assert all(text.startswith(asked) for text, asked in zip(short, ASKED[:20] * 2, strict=True))


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["", *PROMPTS, FEW_SHOT, "Hi. "]),
            st.sampled_from([*ASKED[:12], "", " ", "?", "é", "e\u0301"]),
            st.sampled_from(ENDS),
        ),
        max_size=60,
    )
)
@settings(max_examples=150, deadline=None)
def test_different_texts_stay_different_and_none_gets_empty(parts):
    texts = ["".join(part) for part in parts]
    short = without_shared(texts).texts
    assert len(short) == len(texts)
    assert len(set(zip(texts, short, strict=True))) == len(set(texts)) == len(set(short))
    assert all(new.strip() or not old.strip() for old, new in zip(texts, short, strict=True))


@pytest.mark.parametrize("unit", ["a", "a ", "a. ", "a\n", "字", "\u0301", "ab "])
def test_time_does_not_run_away(unit):
    texts = [unit * i for i in range(500)]
    started = time.process_time()
    assert len(set(without_shared(texts).texts)) == len(set(texts))
    assert time.process_time() - started < 10
