"""Cases 07, 08 and 16 to 19: files as people have them are read, and nothing is lost without a word."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from paser_core.cli import main
from paser_core.runs import Run

HERE = Path(__file__).parent
CASES = [
    ("07-id-names-the-source", "run", 36, "'id' is read as the id, and 32 of 36 rows repeat"),
    ("08-two-chat-columns-in-one-pool", "run", 30, "15 from 'messages', 15 from 'conversations'"),
    ("08-two-chat-columns-in-one-pool", "hint", 30, "15 from 'messages', 15 from 'conversations'"),
    ("16-numbers-as-answers", "run", 24, "12 values where a text is expected"),
    ("16-numbers-as-answers", "csv", 24, None),
    *[("17-csv-from-a-spreadsheet", n, 12, None) for n in ("trailing", "cells", "spaces", "hint")],
    ("18-csv-with-python-lists", "run", 12, "12 conversations written as text"),
    ("19-trl-conversational-pairs", "run", 12, None),
]
_made: dict[tuple[str, str], Run] = {}


def run_of(case, name, tmp_path_factory):
    """A run of a case, made once, as its command makes it."""
    if (case, name) not in _made:
        folder = tmp_path_factory.mktemp(f"{case[:2]}-{name}")
        text = (HERE / case / f"{name}.yaml").read_text()
        (folder / "run.yaml").write_text(text.replace("path: ", f"path: {HERE / case}/"))
        # What is looked at is reading: vectors at hand and few samples save the encoder's time.
        assert main(["run", str(folder / "run.yaml"), "--out", str(folder / "run")]) == 0
        _made[case, name] = Run.open(folder / "run")
    return _made[case, name]


@pytest.mark.parametrize(("case", "name", "rows", "words"), CASES)
def test_every_row_is_read_and_what_was_decided_is_told(
    tmp_path_factory, capsys, case, name, rows, words
):
    run = run_of(case, name, tmp_path_factory)
    assert len(run.samples) == rows
    assert run.samples["problem"].isna().all()
    assert run.samples["id"].is_unique
    said = [notice.text for notice in run.notices]
    if words is not None:
        assert any(words in text for text in said)
        assert words in (output := capsys.readouterr()).err + output.out


def test_the_same_answers_from_every_format(tmp_path_factory):
    case = "16-numbers-as-answers"
    lines, sheet = (run_of(case, name, tmp_path_factory).samples for name in ("run", "csv"))
    assert lines["output"].tolist() == sheet["output"].tolist()


def test_a_column_that_names_the_source_is_kept(tmp_path_factory):
    run = run_of("07-id-names-the-source", "run", tmp_path_factory)
    rows = (HERE / "07-id-names-the-source" / "pool.jsonl").read_text().splitlines()
    assert run.samples["id_user"].tolist() == [json.loads(row)["id"] for row in rows]
