"""Which column is what: recognized where it is plain, asked where it is not."""

from __future__ import annotations

import json

import pytest

from paser_core.config import DataConfig, FieldMap
from paser_core.errors import DataError
from paser_core.records import Shape, preview, read_records, recognize
from paser_core.records.conversations import of_messages

PLAIN = [
    (["instruction", "input", "output"], ("instruction", "input", "output"), Shape.ALPACA),
    (["instruction", "output", "source"], ("instruction", None, "output"), Shape.ALPACA),
    # all three names of Alpaca are there: the rest is the user's own
    (
        ["instruction", "input", "output", "answer"],
        ("instruction", "input", "output"),
        Shape.ALPACA,
    ),
    (["prompt", "response"], ("prompt", None, "response"), Shape.PROMPT_COMPLETION),
    (["question", "answer", "level"], ("question", None, "answer"), Shape.PROMPT_COMPLETION),
    # the columns of databricks-dolly-15k
    (
        ["instruction", "context", "response", "category"],
        ("instruction", "context", "response"),
        Shape.PROMPT_COMPLETION,
    ),
    (["input", "output"], ("input", None, "output"), Shape.PROMPT_COMPLETION),
    (["inputs", "targets"], ("inputs", None, "targets"), Shape.PROMPT_COMPLETION),
    (["INSTRUCTION", "RESPONSE"], ("INSTRUCTION", None, "RESPONSE"), Shape.PROMPT_COMPLETION),
]


@pytest.mark.parametrize(("columns", "fields", "shape"), PLAIN)
def test_plain_columns_are_recognized(columns, fields, shape):
    layout = recognize(columns, FieldMap())
    found = layout.fields
    assert (found.instruction, found.input, found.output) == fields
    assert layout.shape is shape


@pytest.mark.parametrize(
    ("columns", "named"),
    [
        (["prompt", "completion", "response"], ["output: completion", "output: response"]),
        (["instruction", "output", "messages"], ["output: output", "messages: messages"]),
        (["messages", "conversations"], ["messages: messages", "messages: conversations"]),
        (["question", "prompt", "answer"], ["instruction: prompt", "instruction: question"]),
    ],
)
def test_what_can_be_read_in_several_ways_is_asked(columns, named):
    with pytest.raises(DataError, match="2 ways") as caught:
        recognize(columns, FieldMap())
    assert all(n in str(caught.value) for n in named)


def test_half_a_mapping_settles_the_rest():
    fields = recognize(["prompt", "completion", "response"], FieldMap(output="response")).fields
    assert (fields.instruction, fields.output) == ("prompt", "response")
    with pytest.raises(DataError, match="fit no known shape"):
        recognize(["text", "reply"], FieldMap(output="reply"))


def test_unknown_columns_are_listed_with_a_guess():
    with pytest.raises(DataError, match=r"instruction: promt.*Columns: promt, said"):
        recognize(["promt", "said"], FieldMap())
    with pytest.raises(DataError, match="and 70 more"):
        recognize([f"c{i}" for i in range(100)], FieldMap())


def test_messages_and_single_fields_are_not_both_mapped():
    with pytest.raises(DataError, match="one or the other"):
        recognize(["m", "a"], FieldMap(messages="m", output="a"))


def message(role, content):
    return {"role": role, "content": content}


def test_turns_after_the_last_answer_are_no_part_of_the_sample():
    turns = of_messages([message("user", "a"), message("assistant", "b"), message("user", "c")])
    assert (turns.instruction, turns.output) == ("a", "b")
    assert turns.conversation.answer == 1
    assert len(turns.conversation.messages) == 3


def test_content_in_parts_and_conversations_in_cells_are_read():
    parts = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    value = [message("user", parts), message("assistant", "c")]
    assert of_messages(value).instruction == "a\nb"
    assert of_messages(json.dumps(value)) == of_messages(value)
    assert of_messages(repr(value)) == of_messages(value)


BROKEN_CONVERSATIONS = [
    ([], "list of messages"),
    ("no JSON", "list of messages"),
    ([message("assistant", "b")], "no message of the user"),
    ([message("user", "a")], "no answer"),
    ([message("user", None), message("assistant", "b")], "Message 1 has no text"),
    ([message("narrator", "a")], '"narrator" for a role'),
    ([{"content": "a"}], "no role"),
    (["a"], "Message 1 is not an object"),
    ([message("user", "a"), message("assistant", " ")], "output is empty"),
    ([message("user", "a"), message("assistant", "\u200b")], "output is empty"),
]


@pytest.mark.parametrize(("value", "words"), BROKEN_CONVERSATIONS)
def test_a_broken_conversation_is_a_problem_of_its_row(tmp_path, value, words):
    good = [message("user", "a"), message("assistant", "b")]
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps({"messages": m}) + "\n" for m in (good, value)))
    records = read_records(DataConfig(path=str(path)))
    assert records.valid.tolist() == [True, False]
    problem = records.frame["problem"][1]
    assert words in problem
    assert "line 2)" in problem


def test_the_preview_shows_what_will_be_read(tmp_path):
    path = tmp_path / "a.jsonl"
    rows = [{"question": f"q{i}", "answer": f"a{i}", "n": i} for i in range(50)]
    path.write_text("".join(json.dumps(r) + "\n" for r in rows))
    shown = preview(DataConfig(path=str(path)), rows=3)
    records = read_records(DataConfig(path=str(path)))
    assert shown.rows == tuple(rows[:3])
    texts = records.frame[["instruction", "input", "output"]].head(3).to_dict("records")
    assert list(shown.samples) == texts
    assert shown.message is None


def test_the_preview_of_unknown_columns_says_how_to_map_them(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"ask": "q", "reply": "a"}\n' * 3)
    shown = preview(DataConfig(path=str(path)))
    assert shown.columns == ("ask", "reply")
    assert shown.layout is None
    assert "data.fields" in shown.message
    mapped = DataConfig(path=str(path), fields=FieldMap(instruction="ask", output="reply"))
    assert preview(mapped).samples[0] == {"instruction": "q", "input": "", "output": "a"}


def test_the_preview_reads_only_the_start_of_a_large_file(tmp_path):
    path = tmp_path / "a.jsonl"
    row = json.dumps({"instruction": "é" * 1000, "output": "b"}, ensure_ascii=False) + "\n"
    # The end is not even text, and the first eight megabytes stop in the middle of a line.
    path.write_bytes(row.encode() * 6000 + b"\xff\xff")
    shown = preview(DataConfig(path=str(path)), rows=5)
    assert len(shown.samples) == 5
    with pytest.raises(DataError, match=r"a\.jsonl:6001: .*UTF-8"):
        read_records(DataConfig(path=str(path)))


@pytest.mark.parametrize(
    ("columns", "read"),
    [
        (["Prompt Text", "Gold Answer", "Row ID"], ("Prompt Text", "Gold Answer", "Row ID")),
        (["Question ", "model_answer"], ("Question ", "model_answer", None)),
        (["userQuery", "expectedResponse", "n"], ("userQuery", "expectedResponse", None)),
        (["Question", "Gold Answer", "model_answer"], ("Question", "Gold Answer", None)),
        (["question", "answer", "answer_length", "question_type"], ("question", "answer", None)),
        (
            ["User Prompt", "chosen_response", "rejected_response"],
            ("User Prompt", "chosen_response", None),
        ),
        (["QUESTION", "Reply", "sample-id"], ("QUESTION", "Reply", "sample-id")),
    ],
)
def test_columns_are_told_as_a_person_would(tmp_path, columns, read):
    path = tmp_path / "a.jsonl"
    rows = [{c: f"{c} {i}" for c in columns} for i in range(3)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    records = read_records(DataConfig(path=str(path)))
    question, answer, identifier = read
    assert records.frame["instruction"].tolist() == [row[question] for row in rows]
    assert records.frame["output"].tolist() == [row[answer] for row in rows]
    if identifier is not None:
        assert records.frame["id"].tolist() == [row[identifier] for row in rows]


def test_a_hint_works_when_it_is_pasted(tmp_path):
    import yaml

    path = tmp_path / "a.jsonl"
    for row in (
        {"Text: a": "q", "it's": "a", "n": 1},
        {"prompt": "q", "completion": "a", "response": "b"},
    ):
        path.write_text("".join(json.dumps(row) + "\n" for _ in range(4)))
        with pytest.raises(DataError) as caught:
            read_records(DataConfig(path=str(path)))
        hint = str(caught.value).split("e.g. ")[1].split("}")[0] + "}"
        records = read_records(DataConfig(path=str(path), fields=FieldMap(**yaml.safe_load(hint))))
        assert records.valid.all()
        assert len(records.frame) == 4
