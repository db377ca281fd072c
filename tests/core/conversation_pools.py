"""Conversations as people have them, drawn at random; and what an export makes of a pool of them."""

from __future__ import annotations

import json
import tempfile
import unicodedata
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from paser_core.config import DataConfig
from paser_core.export.formats import render
from paser_core.export.trainfiles import (
    jsonl,
)
from paser_core.export.userrow import UserRow
from paser_core.records import read_records
from paser_core.runs import Files
from paser_core.runs.originals import GROUP, SCHEMA, Originals, originals_tables
from paser_core.workspace.store import Store

PLAIN = [{"role": "user", "content": "Why?"}, {"role": "assistant", "content": "Because."}]
CALL = {"id": "7", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}
anything = st.characters(exclude_categories=("Cs",), exclude_characters="\x00")
words = st.text(anything, max_size=12)
# With something to see: a text of soft hyphens alone counts as empty.
said = words.filter(lambda text: any(unicodedata.category(c)[0] in "LNPS" for c in text))
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
    tables = originals_tables(records.originals, records.conversations)
    Store(folder).write_tables(Files.ORIGINALS, SCHEMA, tables, GROUP)
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
    lines = b"".join(jsonl(made.rows)).decode().split("\n")[:-1]
    return [json.loads(line) for line in lines], made


quick = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
