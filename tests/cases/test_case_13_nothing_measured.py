"""Nothing, or nothing in some cluster, was measured: said, never read as agreement."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from paser_core.cli import main
from paser_core.runs import Run

FOLDER = Path(__file__).parent / "13-nothing-measured-reads-as-agreement"
MODELS = Path(__file__).parents[2] / "data" / "demo" / "models"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The arguments of the run, and what it left."""
    out = tmp_path_factory.mktemp("case13") / "run"
    arguments = [
        "run", str(FOLDER / "run.yaml"), "--out", str(out),
        "--set", f"data.path={FOLDER / 'pool.jsonl'}",
        "--set", f"models.original={MODELS / 'original'}",
        "--set", f"models.compressed={MODELS / 'compressed'}",
    ]  # fmt: skip
    return arguments, out


def test_nothing_measured_ends_with_a_sentence_and_exit_code_2(made, capsys, tmp_path):
    arguments, out = made
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert "24 rows read, 0 invalid, 24 not measured, 0 measured" in said.out
    assert "0 of 24 samples could be measured, because the prompt has" in said.err
    assert "horten these prompts" in said.err  # the models read no more than 512 tokens
    assert main(arguments) == 2  # once more: everything is done already, and nothing is better
    assert "0 of 24 samples could be measured" in capsys.readouterr().err

    run = Run.open(out)
    assert run.manifest["counts"] == run.counts.to_tree()
    assert run.counts.measured == 0
    assert run.clusters["cds"].isna().all()
    events = [json.loads(line) for line in (out / "events.jsonl").read_text().splitlines()]
    assert [e["counts"] for e in events if e["event"] == "finished"][-1] == run.counts.to_tree()

    assert main(["select", str(out), "--out", str(tmp_path / "x")]) == 2
    said = capsys.readouterr()
    assert "0 of 24 samples could be measured" in said.err
    assert "agree" not in said.out + said.err
    assert not (tmp_path / "x").exists()

    report = tmp_path / "report.html"
    assert main(["report", str(out), "--out", str(report)]) == 0
    text = report.read_text()
    assert "0 of 24 samples could be measured" in text
    assert "not measured" in text
    assert "agree on" not in text
    assert not re.search(r"\bnan\b", text, re.IGNORECASE)


def test_the_advice_works_in_the_same_folder(made, capsys, tmp_path):
    arguments, _ = made
    rows = [json.loads(line) for line in (FOLDER / "pool.jsonl").read_text().splitlines()]
    short = [{"messages": row["messages"][1:]} for row in rows]  # without the system message
    (tmp_path / "short.jsonl").write_text("".join(json.dumps(row) + "\n" for row in short))
    out = tmp_path / "run"
    arguments = list(arguments)
    arguments[3], arguments[5] = str(out), f"data.path={tmp_path / 'short.jsonl'}"
    assert main([*arguments, "--set", "divergence.max_length=8"]) == 2
    assert "Raise divergence.max_length" in capsys.readouterr().err
    assert main([*arguments, "--set", "divergence.max_length=512"]) == 0
    said = capsys.readouterr().out
    assert "embedding: already done" in said
    assert "24 measured" in said
    assert main(["select", str(out), "--budget", "50%", "--out", str(tmp_path / "x")]) == 0
    said = capsys.readouterr().out
    assert "Budget 0.5 = 50 % of 24 samples = 12" in said
