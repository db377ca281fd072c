"""What the models read and the clusters do not know is counted; what is lost has a cure of its own."""

from __future__ import annotations

import json

import pytest

from paser_core.config import parse_config
from paser_core.measure.inputs import Input
from paser_core.problems import cure_of, reasons
from paser_core.records import read_records


def message(role, text):
    return {"role": role, "content": text}


ROWS = [
    {"messages": [message("user", "Add 1 and 2."), message("assistant", "3")]},
    {"messages": [message("system", "Be short."), message("user", "Sing."), message("assistant", "La.")]},
    {
        "messages": [
            message("user", "Hello."),
            message("assistant", "Hi."),
            message("user", "Name a river."),
            message("assistant", "Danube"),
        ]
    },
    {"messages": [message("system", "Be long."), message("user", "Lost.")]},  # no answer
]  # fmt: skip


@pytest.mark.parametrize(("turns", "number"), [("last", 2), ("all", 1)])
def test_context_that_is_not_embedded_is_counted(tmp_path, turns, number):
    path = tmp_path / "pool.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")
    config = parse_config({"data": {"path": str(path)}, "embedding": {"turns": turns}})
    shared = Input.of(read_records(config.data), config).shared
    (notice,) = [notice for notice in shared if notice.code == "context-unembedded"]
    assert (notice.count, notice.total) == (number, 3)
    assert ("earlier turns" in notice.text) == (turns == "last")


def test_single_questions_need_no_such_note(tmp_path):
    path = tmp_path / "pool.jsonl"
    path.write_text(json.dumps({"instruction": "Add.", "output": "3"}) + "\n", encoding="utf-8")
    config = parse_config({"data": {"path": str(path)}})
    shared = Input.of(read_records(config.data), config).shared
    assert "context-unembedded" not in [notice.code for notice in shared]


def test_what_an_encoder_cannot_read_is_no_fault_of_the_texts():
    text = "The encoder a cannot tell this text from 3 others; choose another embedding.model."
    (reason,) = reasons([text])
    assert reason.cure.startswith("Nothing is wrong with these texts: set embedding.model")


def test_an_empty_answer_in_messages_is_to_be_filled_in():
    assert cure_of("The output is empty (column 'messages')").startswith("Fill these texts in")
    assert cure_of("The messages are no list.").startswith("Put the messages in the form")
