"""Made-up data files: what people's programs and spreadsheets write, some of it damaged. By number."""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paser_core.config import DataConfig, OnError
from paser_core.records.cells import is_blank

Row = dict[str, Any]
_WORDS = [
    *(
        "water cycle",
        "größer",
        "naïve café",
        "数学の問題",
        "हिन्दी में",
        "emoji 🙂🏽",
        "e\u0301",
        "مرحبا",
    ),
    *(
        "tab\there",
        "line\nbreak",
        'quote " here',
        "it's",
        "semi;colon",
        "comma, here",
        "pipe | here",
    ),
    *("back\\slash", "  blanks  ", "=1+1", "-5", "007", "1e5", "NaN", "null", "True", "[a]", "{b}"),
    *("<b>x</b>", "### Response:", "\u2028", "\ufeff", "{{ x }}", "\x85"),
]


@dataclass(frozen=True)
class Case:
    """One file or folder, and what is known of it."""

    place: Path
    config: DataConfig
    rows: int | None  # as many rows must come out; None: it was damaged, and may be refused
    outputs: tuple[str | None, ...] | None  # the answers, where they are certain


def make_case(number: int, folder: Path) -> Case:
    """Write file number ``number`` into an empty folder."""
    rng = random.Random(number)
    shape = rng.choice([*_SHAPES])
    rows = [_SHAPES[shape](rng, i) for i in range(rng.choice([1, 2, 3, 7, 20]))]
    if rng.random() < 0.2 and shape in ("messages", "sharegpt", "turns"):
        other = rng.choice([s for s in ("messages", "sharegpt", "turns") if s != shape])
        rows += [_SHAPES[other](rng, i) for i in range(5)]
    if rng.random() < 0.3:
        for row in rows:
            row |= {rng.choice(["id", "note", "", "Cluster", "n"]): _value(rng)}
    on_error = rng.choice([OnError.FAIL, OnError.FAIL, OnError.SKIP])
    if rng.random() < 0.1:
        return _folder(rng, folder, rows, on_error)
    name, content = _file(rng, rows)
    intact = rng.random() < 0.5
    if not intact:
        content = _damaged(rng, content)
    place = folder / name
    place.write_bytes(content)
    config = DataConfig(path=str(place), on_error=on_error)
    return Case(place, config, len(rows) if intact else None, None)


def _text(rng: random.Random) -> str:
    text = " ".join(rng.choice(_WORDS) for _ in range(rng.randint(1, 6)))
    return f"x{text}" if is_blank(text) or text.lstrip()[:1] in "[{(" else text


def _value(rng: random.Random) -> Any:
    return rng.choice([1, 0.5, True, "text", "7", -3, "é"])


def _alpaca(rng: random.Random, i: int) -> Row:
    return {
        "instruction": _text(rng),
        "input": rng.choice(["", _text(rng)]),
        "output": _answer(rng),
    }


def _answer(rng: random.Random) -> Any:
    return rng.choice([_text(rng), _text(rng), 3, 0.25, False])


def _pair(rng: random.Random, i: int) -> Row:
    return {"Prompt Text": _text(rng), "Gold Answer": _answer(rng), "Row ID": f"r{i}"}


def _old(rng: random.Random, i: int) -> Row:
    turns = [[_text(rng), _text(rng)] for _ in range(rng.randint(1, 2))]
    return {**_alpaca(rng, i), "system": _text(rng), "history": turns}


def _messages(rng: random.Random, i: int) -> Row:
    turns: list[Row] = [{"role": "user", "content": _text(rng)}]
    if rng.random() < 0.3:
        call = {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
        turns.append({"role": "assistant", "content": None, "tool_calls": [call]})
        turns.append({"role": "tool", "content": _text(rng), "tool_call_id": "1"})
    turns.append({"role": "assistant", "content": _text(rng)})
    return {"messages": turns}


def _sharegpt(rng: random.Random, i: int) -> Row:
    turns = [{"from": "human", "value": _text(rng)}, {"from": "gpt", "value": _text(rng)}]
    return {"conversations": turns}


def _turns(rng: random.Random, i: int) -> Row:
    asked = [{"role": "user", "content": _text(rng)}]
    return {"prompt": asked, "completion": [{"role": "assistant", "content": _text(rng)}]}


_SHAPES: dict[str, Callable[[random.Random, int], Row]] = {
    "alpaca": _alpaca,
    "pair": _pair,
    "history": _old,
    "messages": _messages,
    "sharegpt": _sharegpt,
    "turns": _turns,
}


def _file(rng: random.Random, rows: Sequence[Row]) -> tuple[str, bytes]:
    """A file of a random kind, as somebody's program or spreadsheet writes it."""
    kind = rng.choice(["jsonl", "json", "csv", "tsv", "parquet"])
    if kind == "parquet":
        return "data.parquet", _parquet(rng, rows)
    text = _sheet(rng, rows, kind) if kind in ("csv", "tsv") else _json(rng, rows, kind)
    content = text.encode("utf-8")
    if rng.random() < 0.2:
        content = text.encode(rng.choice(["utf-8-sig", "utf-16"]))
    packed = rng.random()
    if packed < 0.15:
        return f"data.{kind}.gz", gzip.compress(content)
    if packed < 0.3:
        import pyarrow as pa

        return f"Data.{kind}.zst", pa.compress(content, codec="zstd", asbytes=True)
    return f"my data.{kind}", content


def _json(rng: random.Random, rows: Sequence[Row], kind: str) -> str:
    ascii_only = rng.random() < 0.5
    if kind == "jsonl":
        gap = rng.choice(["\n", "\r\n", "\n\n"])
        return gap.join(json.dumps(r, ensure_ascii=ascii_only) for r in rows) + rng.choice(
            ["", gap]
        )
    tree = rng.choice([rows, {"version": "1", "data": rows}])
    return json.dumps(tree, indent=rng.choice([None, 2]), ensure_ascii=ascii_only)


def _sheet(rng: random.Random, rows: Sequence[Row], kind: str) -> str:
    mark = "\t" if kind == "tsv" else rng.choice(",;|\t")
    spell = rng.choice([repr, json.dumps])
    names = list(dict.fromkeys(name for row in rows for name in row))
    file = io.StringIO(newline="")
    writer = csv.writer(
        file,
        delimiter=mark,
        lineterminator=rng.choice(["\n", "\r\n"]),
        quoting=rng.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    )
    beside = [""] * rng.choice([0, 0, 0, 2])
    writer.writerow([rng.choice([name, f" {name}", f"{name} "]) for name in names] + beside)
    for row in rows:
        cells = [row.get(name) for name in names]
        writer.writerow([spell(c) if isinstance(c, list | dict) else c for c in cells] + beside)
    said = f"sep={mark}\r\n" if rng.random() < 0.1 else ""
    return said + file.getvalue()


def _parquet(rng: random.Random, rows: Sequence[Row]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = list(dict.fromkeys(name for row in rows for name in row))
    columns = {}
    for name in names:
        values = [row.get(name) for row in rows]
        try:
            columns[name] = pa.array(values)
        except (pa.ArrowException, TypeError):  # of several types, which a table has not
            columns[name] = pa.array([None if v is None else str(v) for v in values])
    file = io.BytesIO()
    pq.write_table(
        pa.table(columns),
        file,
        row_group_size=rng.choice([1, 3, 1000]),
        compression=rng.choice(["snappy", "zstd", "none", "gzip"]),
        use_dictionary=rng.random() < 0.5,
    )
    return file.getvalue()


def _damaged(rng: random.Random, content: bytes) -> bytes:
    """Bytes with something done to them that happens, or that somebody does on purpose."""
    data = bytearray(content)
    for _ in range(rng.choice([1, 1, 2, 5])):
        place = rng.randrange(len(data)) if data else 0
        length = rng.choice([1, 2, 10, 100])
        how = rng.randrange(9)
        if how == 0 and data:
            data[place] ^= 1 << rng.randrange(8)
        elif how == 1:
            del data[place:]
        elif how == 2:
            del data[place : place + length]
        elif how == 3:
            data[place:place] = data[place : place + length] * rng.choice([1, 3, 50])
        elif how == 4:
            data[place:place] = rng.randbytes(length)
        elif how == 5:
            data[place:place] = rng.choice([b'"', b"\n", b"\x00", b"\xff", b"{", b"]", b",", b"\r"])
        elif how == 6:
            data[place:place] = rng.choice([b"[", b'{"a":']) * rng.choice([50, 5000])
        elif how == 7:
            data[place:place] = b"9" * rng.choice([400, 5000])
        else:
            data[place:place] = rng.choice(_WORDS).encode()
    return bytes(data)


def _folder(rng: random.Random, folder: Path, rows: Sequence[Row], on_error: OnError) -> Case:
    """The rows in several files of one folder, beside others that are no data."""
    place = folder / "set"
    place.mkdir()
    parts = rng.randint(1, 3)
    names = rng.sample(["a", "b", "my-test-set", "train", "part-00000", "data.backup", "zz"], parts)
    total = 0
    for number, stem in enumerate(names):
        part = rows[number::parts]
        if part:
            name, content = _file(rng, part)
            (place / f"{stem}.{name.split('.', 1)[1]}").write_bytes(content)
            total += len(part)
    for name in rng.sample(
        ["README.md", "b.jsonl.bak", "notes.txt", ".hidden.jsonl", "LICENSE"], 2
    ):
        (place / name).write_text("nothing to read\n")
    return Case(place, DataConfig(path=str(place), on_error=on_error), total, None)
