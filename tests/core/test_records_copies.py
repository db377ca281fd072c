"""Samples that stand in the data twice: kept, and counted; what only looks the same is not."""

from __future__ import annotations

from paser_core.config import DataConfig
from paser_core.notices import Severity
from paser_core.records import read_records


def copies(rows):
    records = read_records(DataConfig(), rows=rows)
    assert len(records.frame) == len(rows)
    return [n for n in records.notices if n.code == "data-copies"]


def row(key, instruction="Add 1 and 2.", output="3", **more):
    return {"id": key, "instruction": instruction, "output": output, **more}


def test_every_copy_but_the_first_counts():
    rows = [row("a"), row("b"), row("c", output="4"), row("d"), row("e", output="4")]
    (notice,) = copies(rows)
    assert (notice.count, notice.total, notice.severity) == (3, 5, Severity.INFO)
    assert notice.text.startswith("3 of 5 samples are, as they are read, word for word")
    assert "take them out" in notice.text


def test_one_letter_more_is_another_sample():
    assert copies([row("a"), row("b", "Add 1 and 2"), row("c", input="now"), row("d", "x")]) == []


def test_rows_that_cannot_be_used_are_no_copies():
    assert copies([row("a"), row("b", output=""), row("c", output="")]) == []


def test_of_a_conversation_everything_that_was_said_before_counts():
    def talk(key, first):
        said = [("system", first), ("user", "And now?"), ("assistant", "Now it rains.")]
        return {"id": key, "messages": [{"role": r, "content": c} for r, c in said]}

    assert copies([talk("a", "Be kind."), talk("b", "Be short."), talk("c", "Be brief.")]) == []
    (notice,) = copies([talk("a", "Be kind."), talk("b", "Be short."), talk("c", "Be kind.")])
    assert notice.count == 1


def test_columns_of_the_user_make_no_other_sample():
    (notice,) = copies([row("a", source="x"), row("b", source="y")])
    assert notice.count == 1
