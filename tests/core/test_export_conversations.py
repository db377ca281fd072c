"""A conversation in, the same conversation out: whatever messages, tools, system prompts people have."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from conversation_pools import (
    PLAIN,
    alpaca,
    conversations,
    pairs,
    quick,
    sharegpt,
    through,
    user_rows,
)
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from paser_core.export import ExportFormat
from paser_core.export.formats import render
from paser_core.export.readback import as_a_trainer_reads
from paser_core.export.trainfiles import (
    jsonl,
    parquet,
    read_parquet,
    training_table,
    without_nulls,
)
from paser_core.selection.export_files import ExportFile


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
        (folder / ExportFile.TRAIN).write_bytes(b"".join(jsonl(made.rows)))
        (folder / ExportFile.PARQUET).write_bytes(parquet(training_table(made.rows)))
        read = read_parquet(folder / ExportFile.PARQUET)
        assert list(map(without_nulls, read)) == list(map(without_nulls, made.rows))
        told = {notice.code for notice in as_a_trainer_reads(folder, folder / "cache", made)}
    assert "datasets-parquet" not in told
