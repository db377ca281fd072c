"""What a format of conversations cannot carry is counted and said; what it can is in its own form."""

from __future__ import annotations

import json

import pytest
import yaml
from conversation_pools import (
    CALL,
    PLAIN,
    quick,
    through,
)
from hypothesis import given
from hypothesis import strategies as st

from paser_core.export import ExportFormat
from paser_core.export.trainers import axolotl, dataset_info


def counts(pool, export_format):
    _, made = through(pool, export_format)
    return {n.code.removeprefix("not-carried-"): n.count for n in made.notices}


TOOLS = [
    {"role": "user", "content": "What is it?"},
    {"role": "assistant", "content": "I look.", "tool_calls": [CALL]},
    {"role": "tool", "tool_call_id": "7", "content": "42"},
    {"role": "assistant", "content": "It is 42."},
]


@pytest.mark.parametrize(
    ("messages", "in_alpaca", "in_sharegpt"),
    [
        (PLAIN, set(), set()),
        (TOOLS, {"tool-calls", "tool-results"}, {"tool-ids", "text-beside-call"}),
        ([PLAIN[0], PLAIN[1] | {"reasoning_content": "Hm."}], {"reasoning"}, {"reasoning"}),
        ([PLAIN[0] | {"name": "Ann"}, PLAIN[1]], {"names"}, {"names"}),
        ([PLAIN[0], PLAIN[1] | {"weight": 0}], {"weights"}, {"weights"}),
        ([PLAIN[0], PLAIN[1] | {"mood": "calm"}], {"fields"}, {"fields"}),
        ([PLAIN[0], PLAIN[1] | {"name": None}], set(), set()),
        ([*PLAIN, PLAIN[0]], {"after"}, set()),
        ([PLAIN[0], *PLAIN], {"order"}, set()),
        ([*PLAIN, {"role": "system", "content": "Rhyme."}, *PLAIN], {"system"}, set()),
    ],
)
def test_what_a_format_cannot_carry_is_counted(messages, in_alpaca, in_sharegpt):
    pool = [{"messages": messages}, {"messages": PLAIN}, {"messages": messages}]
    assert counts(pool, ExportFormat.ALPACA) == dict.fromkeys(in_alpaca, 2)
    assert counts(pool, ExportFormat.SHAREGPT) == dict.fromkeys(in_sharegpt, 2)
    assert counts(pool, ExportFormat.MESSAGES) == {}


def test_the_sentence_names_count_and_format():
    _, made = through([{"messages": TOOLS}, {"messages": PLAIN}], ExportFormat.ALPACA)
    assert made.notices[0].text == "1 of 2 rows has tool calls, which alpaca cannot carry."


def test_tools_become_llama_factorys_form():
    pool = [{"messages": TOOLS, "tools": [CALL["function"]]}]
    (row,), _ = through(pool, ExportFormat.SHAREGPT)
    assert [turn["from"] for turn in row["conversations"]] == [
        "human",
        "function_call",
        "observation",
        "gpt",
    ]
    assert json.loads(row["conversations"][1]["value"]) == {"name": "f", "arguments": {"a": 1}}
    assert json.loads(row["tools"]) == [CALL["function"]]


def test_calls_of_sharegpt_become_messages():
    turns = [
        {"from": "human", "value": "What is it?"},
        {"from": "function_call", "value": '{"name": "f", "arguments": {"a": 1}}'},
        {"from": "observation", "value": "42"},
        {"from": "gpt", "value": "It is 42."},
    ]
    pool = [{"conversations": turns}]
    assert through(pool, ExportFormat.SHAREGPT)[0] == pool
    (row,), made = through(pool, ExportFormat.MESSAGES)
    assert [m["role"] for m in row["messages"]] == ["user", "assistant", "tool", "assistant"]
    assert row["messages"][1]["tool_calls"][0]["function"]["arguments"] == {"a": 1}
    assert made.notices == ()


def test_prompt_and_completion_are_text_until_a_row_needs_more():
    plain, system = {"messages": PLAIN}, {"messages": [{"role": "system", "content": "!"}, *PLAIN]}
    rows, made = through([plain, plain], ExportFormat.PROMPT_COMPLETION)
    assert rows == [{"prompt": "Why?", "completion": "Because."}] * 2
    assert not made.conversational
    rows, made = through([plain, system], ExportFormat.PROMPT_COMPLETION)
    assert rows[0] == {"prompt": PLAIN[:1], "completion": PLAIN[1:]}
    assert rows[1] == {"prompt": system["messages"][:2], "completion": PLAIN[1:]}
    assert made.conversational
    assert [(n.code, n.count) for n in made.notices] == [("prompt-of-messages", 1)]


NAMES = {
    "user": ("human", "user", "prompter", "Human"),
    "assistant": ("gpt", "assistant", "bot", "model"),
}


@quick
@given(st.lists(st.tuples(*(st.sampled_from(n) for n in NAMES.values())), min_size=1, max_size=5))
def test_tags_name_the_speakers_that_occur(spoken):
    for export_format, column, key, text in (
        (ExportFormat.SHAREGPT, "conversations", "from", "value"),
        (ExportFormat.MESSAGES, "messages", "role", "content"),
    ):
        pool = [
            {column: [{key: asks, text: "Why?"}, {key: says, text: f"So {number}."}]}
            for number, (asks, says) in enumerate(spoken)
        ]
        rows, made = through(pool, export_format)
        (info,) = dataset_info(made).values()
        (entry,) = yaml.safe_load(axolotl(made))["datasets"]
        renamed = 0
        for row, came in zip(rows, pool, strict=True):
            asks, says = row[column]
            assert asks[key] == info["tags"]["user_tag"]
            assert says[key] == info["tags"]["assistant_tag"]
            known = entry.get("roles") or {
                "user": ["human", "user"],
                "assistant": ["gpt", "assistant"],
            }
            assert asks[key] in known["user"]
            assert says[key] in known["assistant"]
            assert [turn[text] for turn in row[column]] == [turn[text] for turn in came[column]]
            renamed += row[column] != came[column]
        told = {notice.code: notice.count for notice in made.notices}
        assert told == ({"speakers-renamed": renamed} if renamed else {})
        if all(len(set(names)) == 1 for names in zip(*spoken, strict=True)):
            assert not renamed  # one name each: the row stays as it came


def test_speakers_without_a_tag_are_said():
    turns = [("human", "Who?"), ("documents", "A page."), ("gpt", "She.")]
    pool = [{"conversations": [{"from": who, "value": text} for who, text in turns]}] * 2
    _, made = through(pool, ExportFormat.SHAREGPT)
    (notice,) = made.notices
    assert (notice.code, notice.count, notice.total) == ("speakers-without-tag", 2, 2)
    assert "documents" in notice.text


@pytest.mark.parametrize(
    ("given", "text"), [({"temp": 3}, '{"temp": 3}'), ([1, 2], "[1, 2]"), (["a", "b"], "a\nb")]
)
def test_what_a_tool_gave_back_as_an_object_is_json_where_a_format_holds_text(given, text):
    pool = [{"messages": [*TOOLS[:2], {"role": "tool", "content": given}, TOOLS[3]]}]
    (row,), _ = through(pool, ExportFormat.SHAREGPT)
    assert row["conversations"][2] == {"from": "observation", "value": text}
