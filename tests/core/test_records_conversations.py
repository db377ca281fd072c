"""The whole conversation of a row, whatever its columns are; the row itself as it came."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rows_to_read import read

from paser_core.config import DataConfig, FieldMap
from paser_core.records import read_records
from paser_core.records.conversations import of_messages, of_texts, of_turns, tools_of
from paser_core.records.messages import content_text

CALL = {"id": "1", "type": "function", "function": {"name": "look_up", "arguments": "{}"}}
TOOL = {"type": "function", "function": {"name": "look_up", "parameters": {"type": "object"}}}


def said(role, content, **more):
    return {"role": role, "content": content, **more}


def write(tmp_path, rows, name="a.jsonl"):
    path = tmp_path / name
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_system_and_history_in_columns_of_their_own_are_part_of_the_prompt(tmp_path):
    row = {
        "instruction": "And now?",
        "input": "Tell.",
        "output": "Now.",
        "system": "Be brief.",
        "history": [["Hello?", "Hello."], ["More?", "More."]],
        "tools": json.dumps([TOOL]),
    }
    records = read(write(tmp_path, [row, row | {"system": "", "history": [], "tools": "[]"}]))
    first, second = records.conversations
    assert [m["content"] for m in first.messages] == [
        *("Be brief.", "Hello?", "Hello.", "More?", "More."),
        *("And now?\n\nTell.", "Now."),
    ]
    assert [m["role"][0] for m in first.messages] == list("suauaua")
    assert first.answer == 6
    assert (first.instruction, first.input) == ("And now?", "Tell.")
    assert first.tools == (TOOL,)
    assert [m["role"] for m in second.messages] == ["user", "assistant"]
    assert second.tools is None
    assert records.user_columns == ()
    assert {n.code for n in records.notices} == {
        *("data-system-column", "data-history-column", "data-tools-column")
    }
    assert json.loads(records.originals[0]) == row


def test_a_column_that_is_no_part_of_the_prompt_stays_the_users(tmp_path):
    row = {"instruction": "a", "output": "b", "history": "Rome", "tools": "hammer", "system": 3}
    records = read(write(tmp_path, [row] * 3))
    assert set(records.user_columns) == {"history", "tools", "system"}
    assert len(records.conversations[0].messages) == 2
    text = {"instruction": "a", "output": "b", "system": "Linux"}
    fields = FieldMap(system="")
    assert read(write(tmp_path, [text] * 3), fields=fields).user_columns == ("system",)


@pytest.mark.parametrize(
    "history",
    [
        [["q", "a"]],
        [("q", "a")],
        [{"user": "q", "assistant": "a"}],
        [{"Question": "q", "Answer": "a"}],
        [said("user", "q"), said("assistant", "a")],
        [{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}],
    ],
)
def test_earlier_turns_in_any_form(history):
    for written in (history, json.dumps(history), repr(history)):
        messages = of_texts("i", "", "o", history=written).conversation.messages
        assert [(m["role"], m["content"]) for m in messages] == [
            *(("user", "q"), ("assistant", "a"), ("user", "i"), ("assistant", "o"))
        ]


@pytest.mark.parametrize("history", ["none", [1], [["a", "b", "c"]], [[["x"], "y"]], {"a": 1}])
def test_a_history_that_is_none_is_a_problem_of_its_row(history):
    assert "history" in of_texts("i", "", "o", history=history).problem


@pytest.mark.parametrize("name", ["sys", "System Instruction", "system_message"])
def test_a_system_prompt_under_other_names(tmp_path, name):
    records = read(write(tmp_path, [{"instruction": "q", "output": "a", name: "Be brief."}]))
    assert records.conversations[0].messages[0] == said("system", "Be brief.")


def test_what_looks_like_a_part_of_the_prompt_and_is_none_is_said(tmp_path):
    row = {"instruction": "q", "output": "a", "history": "User: hello", "tools": "search"}
    records = read(write(tmp_path, [row, row, row | {"history": "", "tools": "[]"}]))
    assert len(records.conversations[0].messages) == 2
    told = {n.code: n.count for n in records.notices}
    assert told == {"data-history-unread": 2, "data-tools-unread": 2, "data-copies": 2}
    silent = FieldMap(history="", tools="")
    assert read(write(tmp_path, [row]), fields=silent).notices == ()


def test_earlier_turns_beside_messages_only_where_they_are_named(tmp_path):
    turns = [said("system", "s"), said("user", "q"), said("assistant", "a")]
    path = write(tmp_path, [{"messages": turns, "history": [["x", "y"]]}])
    records = read(path)
    assert list(records.conversations[0].messages) == turns
    (notice,) = records.notices
    assert "messages, which are the whole conversation" in notice.text
    named = read(path, fields=FieldMap(history="history")).conversations[0].messages
    assert list(named) == [turns[0], said("user", "x"), said("assistant", "y"), *turns[1:]]
    pair = {"prompt": turns[1:2], "completion": turns[2:], "history": [["x", "y"]]}
    (whole,) = read(write(tmp_path, [pair])).conversations
    assert [m["content"] for m in whole.messages] == ["x", "y", "q", "a"]


SPELLED = [said("user", 'it\'s "q" array(1) nan'), said("assistant", "a", weight=None)]


@pytest.mark.parametrize(
    "text",
    [
        repr(SPELLED).replace("None", "nan"),
        repr(SPELLED).replace("None", "null"),
        f"array({SPELLED!r}, dtype=object)",
        json.dumps(json.dumps(SPELLED)),
        "[" + ", ".join(f"OrderedDict({list(m.items())!r})" for m in SPELLED) + "]",
    ],
)
def test_lists_as_programs_print_them(text):
    assert list(of_messages(text).conversation.messages) == SPELLED


@pytest.mark.parametrize("text", ["[{'role': 'user', 'content'", "[__import__('os').getcwd()]"])
def test_a_text_that_spells_no_list_is_named(text):
    assert "neither JSON nor Python" in of_messages(text).problem


def test_calls_of_tools_need_no_text():
    turns = [
        said("user", "What is it?"),
        said("assistant", None, tool_calls=[CALL]),
        said("tool", "42", tool_call_id="1"),
        said("assistant", "It is 42."),
        said("user", "Thanks"),
        said("assistant", None, tool_calls=[CALL]),
    ]
    parsed = of_messages(turns)
    assert list(parsed.conversation.messages) == turns
    assert parsed.conversation.answer == 3
    assert parsed.instruction == "What is it?"
    only = of_messages(turns[:2])
    assert "only calls tools" in only.problem


def test_sharegpt_becomes_what_templates_know():
    turns = [
        {"from": "system", "value": "s"},
        {"from": "human", "value": "q", "weight": 0},
        {"from": "function_call", "value": json.dumps({"name": "f", "arguments": {"x": 1}})},
        {"from": "observation", "value": "42"},
        {"from": "gpt", "value": "a"},
    ]
    messages = of_messages(turns).conversation.messages
    assert [m["role"] for m in messages] == ["system", "user", "assistant", "tool", "assistant"]
    assert messages[1] == {"role": "user", "content": "q", "weight": 0}
    assert messages[2]["tool_calls"][0]["function"] == {"name": "f", "arguments": {"x": 1}}


def test_a_system_column_beside_messages(tmp_path):
    turns = [{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}]
    rows = [
        {"conversations": turns, "system": "Be brief.", "tools": json.dumps([TOOL])},
        {"conversations": [{"from": "system", "value": "Own."}, *turns], "system": "Be brief."},
    ]
    first, second = read(write(tmp_path, rows)).conversations
    assert [m["content"] for m in first.messages] == ["Be brief.", "q", "a"]
    assert first.tools == (TOOL,)
    assert [m["content"] for m in second.messages] == ["Own.", "q", "a"]


@pytest.mark.parametrize("as_text", [False, True])
def test_pairs_of_messages_are_one_conversation(tmp_path, as_text):
    prompt = [said("system", "s"), said("user", "q1"), said("assistant", "a1"), said("user", "q")]
    row = {"prompt": prompt, "completion": [said("assistant", "a")]}
    if as_text:
        row = {k: repr(v) for k, v in row.items()}
    records = read(write(tmp_path, [row, {"prompt": "q", "completion": "a"}] * 2))
    assert records.valid.all()
    assert records.conversations[0].messages == (*prompt, said("assistant", "a"))
    assert records.conversations[1].messages == (said("user", "q"), said("assistant", "a"))
    assert set(records.frame["instruction"]) == {"q"}


def test_a_pair_of_which_one_half_is_messages():
    turns = [said("user", "q")]
    assert of_turns(turns, "a").conversation == of_turns("q", [said("assistant", "a")]).conversation
    assert of_turns(turns, None).problem


@pytest.mark.parametrize(
    "value", [[TOOL], TOOL, json.dumps([TOOL]), repr([TOOL]), [json.dumps(TOOL)]]
)
def test_tools_in_any_form(value):
    assert tools_of(value) == (TOOL,)


@pytest.mark.parametrize("value", [None, "", "[]", [], "a, b", ["a"], 3])
def test_no_tools(value):
    assert tools_of(value) is None


names = st.sampled_from(["system", "user", "assistant", "tool", "developer", "function", "ipython"])
texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=12)
extras = st.dictionaries(
    st.sampled_from(["name", "weight", "reasoning_content", "tool_calls", "train", "tool_call_id"]),
    texts
    | st.integers()
    | st.none()
    | st.lists(st.fixed_dictionaries({"name": texts}), max_size=2),
    max_size=3,
)
contents = texts | st.lists(
    st.fixed_dictionaries({"type": st.just("text"), "text": texts}), min_size=1
)
messages = st.builds(
    lambda role, content, more: said(role, content, **more), names, contents, extras
)
calls = st.builds(lambda more: {**said("assistant", None), **more, "tool_calls": [CALL]}, extras)


@given(st.lists(messages | calls, max_size=5), st.lists(messages | calls, max_size=2), texts, texts)
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_conversation_comes_out_as_it_came_in(tmp_path, before, after, question, answer):
    before = [m for m in before if m["content"] is not None or m.get("tool_calls")]
    after = [m for m in after if m["content"] is not None or m.get("tool_calls")]
    turns = [*before, said("user", question), said("assistant", "x" + answer), *after]
    row = {"messages": turns, "tools": [TOOL], "note": answer}
    records = read(write(tmp_path, [row]))
    (whole,) = records.conversations
    assert json.dumps(whole.messages) == json.dumps(turns)
    assert whole.tools == (TOOL,)
    assert json.loads(records.originals[0]) == row
    last = max(
        i
        for i, m in enumerate(turns)
        if m["role"] == "assistant" and (content_text(m["content"]) or "").strip()
    )
    assert whole.answer == last


def test_parquet_gives_the_same_conversations_and_rows(tmp_path):
    rows = [
        {"messages": [said("user", "q", name="Ada"), said("assistant", "a")], "n": 1},
        {
            "messages": [
                said("user", "q"),
                said("assistant", None, tool_calls=[CALL]),
                said("tool", "42", tool_call_id="1"),
                said("assistant", "b"),
            ],
            "n": 2,
        },
    ]
    lines = read(write(tmp_path, rows))
    pd.DataFrame(rows).to_parquet(tmp_path / "a.parquet")
    table = read(tmp_path / "a.parquet")
    assert [json.loads(o) for o in table.originals] == rows
    assert [json.loads(o) for o in lines.originals] == rows
    assert table.conversations == lines.conversations


def test_of_two_system_prompts_the_message_is_used_and_that_is_counted(tmp_path):
    talk = [{"role": "user", "content": "Why?"}, {"role": "assistant", "content": "So."}]
    own = [{"role": "system", "content": "Be brief."}, *talk]
    pool = [
        {"messages": own, "system": "Be long."},
        {"messages": own, "system": "Be brief."},
        {"messages": own, "system": ""},
        {"messages": talk, "system": "Be long."},
    ]
    file = tmp_path / "pool.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in pool))
    records = read_records(DataConfig(path=str(file)))
    assert [c.messages[0]["content"] for c in records.conversations] == [
        "Be brief.", "Be brief.", "Be brief.", "Be long.",
    ]  # fmt: skip
    (said,) = [notice for notice in records.notices if notice.code == "data-two-systems"]
    assert (said.count, said.total) == (1, 4)
    assert "the message is used" in said.text


def test_the_same_goes_for_pairs_of_messages(tmp_path):
    prompt = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Why?"}]
    answer = [{"role": "assistant", "content": "So."}]
    file = tmp_path / "pool.jsonl"
    row = {"prompt": prompt, "completion": answer, "system": "Be long."}
    file.write_text(json.dumps(row) + "\n")
    records = read_records(DataConfig(path=str(file)))
    assert records.conversations[0].messages[0]["content"] == "Be brief."
    assert "data-two-systems" in {notice.code for notice in records.notices}


def test_what_a_reader_would_take_otherwise_is_counted(tmp_path):
    asked = [said("user", "One?"), said("assistant", "Yes.")]
    rows = [
        {"messages": [*asked, said("user", "And two?")]},
        {"messages": [*asked, said("user", "And two?"), said("assistant", " ")]},
        {"messages": [*asked, said("user", "Three?"), said("assistant", "No.", weight=0)]},
        {"messages": [said("user", "Four?"), said("assistant", "Yes.", weight=1)]},
        {"messages": [*asked, said("system", "The end.")]},
    ]
    records = read_records(DataConfig(path=str(write(tmp_path, rows))))
    told = {notice.code: notice for notice in records.notices}
    assert told["data-unanswered"].text.startswith(
        "In 2 conversations the last question has no answer"
    )
    assert (told["data-unanswered"].count, told["data-unanswered"].total) == (2, 5)
    assert told["data-weight-unread"].text.startswith("In 1 conversation the answer")
    assert records.valid.all()
    del rows[:3]
    again = read_records(DataConfig(path=str(write(tmp_path, rows, "b.jsonl"))))
    assert not {"data-unanswered", "data-weight-unread"} & {n.code for n in again.notices}
