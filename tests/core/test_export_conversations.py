"""A conversation in, the same conversation out: whatever messages, tools, system prompts people have."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from paser_core.config import DataConfig
from paser_core.export import ExportFormat
from paser_core.export.formats import render
from paser_core.export.readback import as_a_trainer_reads
from paser_core.export.trainers import axolotl, dataset_info
from paser_core.export.trainfiles import (
    jsonl,
    parquet,
    read_parquet,
    training_table,
    without_nulls,
)
from paser_core.export.userrow import UserRow
from paser_core.records import read_records
from paser_core.runs import Files
from paser_core.runs.originals import GROUP, Originals, originals_table
from paser_core.selection.export_files import ExportFile
from paser_core.workspace.store import Store

PLAIN = [{"role": "user", "content": "Why?"}, {"role": "assistant", "content": "Because."}]
CALL = {"id": "7", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}
anything = st.characters(exclude_categories=("Cs",), exclude_characters="\x00")
words = st.text(anything, max_size=12)
said = words.filter(str.strip)
names = st.sampled_from(["a", "b", "city", "x y", "é"])
scalars = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | words
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(names, inner, max_size=2),
    max_leaves=4,
)
parameters = st.dictionaries(names, st.fixed_dictionaries({"type": words, "enum": values}))
tools = st.lists(
    st.fixed_dictionaries(
        {"type": st.just("function"), "function": st.fixed_dictionaries({"name": said})},
        optional={"strict": st.booleans(), "parameters": parameters},
    ),
    min_size=1,
    max_size=2,
)
calls = st.lists(
    st.fixed_dictionaries(
        {
            "type": st.just("function"),
            "function": st.fixed_dictionaries(
                {"name": said, "arguments": words | st.dictionaries(names, values, max_size=2)}
            ),
        },
        optional={"id": words},
    ),
    min_size=1,
    max_size=2,
)
own = {"name": words, "weight": st.sampled_from([0, 1, 0.5]), "further": values}
parts = st.lists(st.fixed_dictionaries({"type": st.just("text"), "text": said}), min_size=1)


def message(role, content, **more):
    required = {"role": st.just(role), "content": content}
    return st.fixed_dictionaries(required, optional=own | more)


question = message("user", said | parts)
answer = message("assistant", said | parts, reasoning_content=words)
call = st.fixed_dictionaries(
    {"role": st.just("assistant"), "tool_calls": calls}, optional={"content": st.none() | words}
)
result = message("tool", said, tool_call_id=words)
turn = st.one_of(
    st.tuples(question, answer), st.tuples(question, call, result, answer), st.tuples(answer)
)


@st.composite
def conversations(draw):
    system = draw(st.lists(message("system", said), max_size=1))
    earlier = [m for t in draw(st.lists(turn, max_size=2)) for m in t]
    last = draw(st.tuples(question, answer) | st.tuples(question, call, result, answer))
    after = draw(st.lists(question, max_size=1))
    row = {"messages": [*system, *earlier, *last, *after]}
    if draw(st.booleans()):
        row["tools"] = draw(tools | tools.map(json.dumps))
    if draw(st.booleans()):
        row["source"] = draw(words)
    return row


sharegpt = st.builds(
    lambda pairs, system, tool: {
        "conversations": [
            {"from": speaker, "value": text}
            for pair in pairs
            for speaker, text in zip(("human", "gpt"), pair, strict=True)
        ],
        **({} if system is None else {"system": system}),
        **({} if tool is None else {"tools": json.dumps(tool)}),
    },
    st.lists(st.tuples(said, said), min_size=1, max_size=3),
    st.none() | said,
    st.none() | tools,
)
alpaca = st.fixed_dictionaries(
    {"instruction": said, "output": said},
    optional={
        "input": words | st.none(),
        "system": words,
        "history": st.lists(st.lists(said, min_size=2, max_size=2), max_size=2),
        "source": words,
    },
)
pairs = st.fixed_dictionaries(
    {
        "prompt": st.lists(question, min_size=1, max_size=1),
        "completion": st.lists(answer, min_size=1, max_size=1),
    }
)


def user_rows(pool, folder):
    """The pool through the reader and the file that a run keeps of it."""
    file = folder / "pool.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in pool), encoding="utf-8")
    records = read_records(DataConfig(path=str(file)))
    assert records.frame["problem"].tolist() == [None] * len(pool)
    table = originals_table(records.originals, records.conversations)
    Store(folder).write_table(Files.ORIGINALS, table, rows_a_group=GROUP)
    kept = Originals(folder / Files.ORIGINALS)
    outputs = records.frame["output"].tolist()
    rows = list(kept.each(range(len(pool))))
    assert [original for original, _ in rows] == pool
    assert kept.conversation(0) == rows[0][1]
    return [UserRow(out, turns, row) for out, (row, turns) in zip(outputs, rows, strict=True)]


def through(pool, export_format):
    """What stands in the training file, and what was told of it."""
    with tempfile.TemporaryDirectory() as name:
        made = render(user_rows(pool, Path(name)), export_format)
    lines = jsonl(made.rows).decode().split("\n")[:-1]
    return [json.loads(line) for line in lines], made


quick = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@quick
@given(st.lists(conversations(), min_size=1, max_size=4))
def test_messages_come_out_as_they_came_in(pool):
    rows, made = through(pool, ExportFormat.MESSAGES)
    assert [row["messages"] for row in rows] == [row["messages"] for row in pool]
    assert [row.get("tools") for row in rows] == [row.get("tools") for row in pool]
    assert made.notices == ()
    # Key by key in the same order, and not only equal.
    assert [json.dumps(row["messages"]) for row in rows] == [
        json.dumps(r["messages"]) for r in pool
    ]


@quick
@given(st.lists(sharegpt, min_size=1, max_size=4))
def test_sharegpt_comes_out_as_it_came_in(pool):
    rows, made = through(pool, ExportFormat.SHAREGPT)
    assert [{k: v for k, v in row.items() if v != ""} for row in rows] == pool
    assert made.notices == ()


@quick
@given(st.lists(alpaca, min_size=1, max_size=4))
def test_alpaca_comes_out_as_it_came_in(pool):
    rows, made = through(pool, ExportFormat.ALPACA)
    for row, came in zip(rows, pool, strict=True):
        fields = {k: v for k, v in came.items() if k != "source"}
        assert {name: row[name] for name in fields} == fields
        assert all(row[name] in ("", []) for name in set(row) - set(fields))
    assert made.notices == ()


@quick
@given(st.lists(pairs, min_size=1, max_size=4))
def test_pairs_of_messages_come_out_as_they_came_in(pool):
    rows, _ = through(pool, ExportFormat.PROMPT_COMPLETION)
    plain = all(isinstance(row["prompt"], str) for row in rows)
    if not plain:
        assert rows == pool
    else:  # one text each: TRL's simpler form says the same
        assert [(r["prompt"], r["completion"]) for r in rows] == [
            (r["prompt"][0]["content"], r["completion"][0]["content"]) for r in pool
        ]


@quick
@given(st.lists(sharegpt | alpaca, min_size=1, max_size=4), st.sampled_from(list(ExportFormat)))
def test_whatever_has_only_text_is_carried_by_every_format(pool, export_format):
    shape = "conversations" in pool[0]
    pool = [row for row in pool if ("conversations" in row) == shape]
    rows, made = through(pool, export_format)
    assert not made.lossy
    for row, came in zip(rows, pool, strict=True):
        there = json.dumps(row, ensure_ascii=False)
        for text in texts(came):
            assert json.dumps(text, ensure_ascii=False)[1:-1] in there


def texts(row):
    turns = [turn["value"] for turn in row.get("conversations", [])]
    turns += [text for pair in row.get("history", []) for text in pair]
    fields = [row.get(name) for name in ("instruction", "input", "output", "system")]
    return [text for text in (*turns, *fields) if text and text.strip()]


@settings(quick, max_examples=15, phases=[Phase.explicit, Phase.generate])
@given(st.lists(conversations(), min_size=1, max_size=4), st.sampled_from(list(ExportFormat)))
@example(
    [
        {"messages": [PLAIN[0], {"role": "assistant", "content": [{"type": "text", "text": "0"}]}]},
        {"messages": [PLAIN[0], {"role": "assistant", "content": "0"}]},
    ],
    ExportFormat.MESSAGES,
)
def test_both_files_read_back_or_say_that_they_do_not(pool, export_format):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = render(user_rows(pool, folder), export_format)
        (folder / ExportFile.TRAIN).write_bytes(jsonl(made.rows))
        (folder / ExportFile.PARQUET).write_bytes(parquet(training_table(made.rows)))
        read = read_parquet(folder / ExportFile.PARQUET)
        assert list(map(without_nulls, read)) == list(map(without_nulls, made.rows))
        told = {notice.code for notice in as_a_trainer_reads(folder, folder / "cache", made)}
    assert "datasets-parquet" not in told


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
