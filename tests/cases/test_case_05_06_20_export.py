"""Cases 05, 06 and 20, the way out: what a user put into a row comes out of the export again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from paser_core.cli import main
from paser_core.runs import Run

HERE = Path(__file__).parent
MODELS = HERE.parents[1] / "data" / "demo" / "models"
CASES = ("05-alpaca-system-and-history", "06-multi-turn-flattened", "20-tool-turns")


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Each case measured once, by name."""
    made = {}

    def run_of(case):
        if case not in made:
            folder = tmp_path_factory.mktemp(case[:2])
            text = (HERE / case / "run.yaml").read_text()
            config = folder / "run.yaml"
            config.write_text(text.replace("pool.jsonl", str(HERE / case / "pool.jsonl")))
            pair = [
                word
                for role in ("original", "compressed")
                for word in ("--set", f"models.{role}={MODELS / role}")
            ]
            arguments = ["run", str(config), "--out", str(folder / "run"), *pair]
            # With nine samples the map needs no UMAP, which is most of what such a run takes; with
            # one concept a sample nothing is refused.
            more = ["--set", "models.template=chat", "--set", "data.limit=9"]
            more += ["--set", "concepts.per_sample=1"]
            assert main([*arguments, *more]) == 0
            made[case] = folder / "run"
        return made[case]

    return run_of


def pool(case):
    return [json.loads(line) for line in (HERE / case / "pool.jsonl").read_text().splitlines()]


def select(run, out, export_format, capsys):
    """Training rows, the export's manifest, what the command said, and the rows that were selected."""
    capsys.readouterr()
    words = ["select", str(run), "--budget", "0.9", "--format", export_format, "--out", str(out)]
    assert main(words) == 0
    captured = capsys.readouterr()
    rows = [json.loads(line) for line in (out / "train.jsonl").read_text().splitlines()]
    manifest = json.loads((out / "manifest.json").read_text())
    import pyarrow.parquet as pq

    ids = {str(i): row for row, i in enumerate(Run.open(run).ids)}
    scores = pq.read_table(out / "scores.parquet").to_pylist()
    ranked = sorted((s["rank"], ids[s["id"]]) for s in scores if s["rank"] is not None)
    said = captured.out + captured.err
    return rows, manifest, said, [row for _, row in ranked]


def test_case_05_system_and_history_come_out_again(runs, tmp_path, capsys):
    run, given = runs(CASES[0]), pool(CASES[0])
    rows, manifest, said, picked = select(run, tmp_path / "alpaca", "alpaca", capsys)
    assert rows == [given[i] for i in picked]  # every field, system and history among them
    assert manifest["notices"] == []
    assert f"{len(rows)} rows" in said
    info = json.loads((tmp_path / "alpaca" / "dataset_info.json").read_text())["paser_selection"]
    assert {"system", "history"} <= set(info["columns"])

    rows, manifest, _, picked = select(run, tmp_path / "messages", "messages", capsys)
    assert manifest["notices"] == []
    for row, i in zip(rows, picked, strict=True):
        history = [
            {"role": role, "content": text}
            for pair in given[i]["history"]
            for role, text in zip(("user", "assistant"), pair, strict=True)
        ]
        assert row["messages"] == [
            {"role": "system", "content": given[i]["system"]},
            *history,
            {"role": "user", "content": given[i]["instruction"]},
            {"role": "assistant", "content": given[i]["output"]},
        ]


def test_case_06_the_very_messages_come_out_again(runs, tmp_path, capsys):
    run, given = runs(CASES[1]), pool(CASES[1])
    rows, manifest, _, picked = select(run, tmp_path / "messages", "messages", capsys)
    assert rows == [{"messages": given[i]["messages"]} for i in picked]
    assert manifest["notices"] == []
    assert all("reasoning_content" in row["messages"][-1] for row in rows)

    rows, manifest, said, picked = select(run, tmp_path / "alpaca", "alpaca", capsys)
    for row, i in zip(rows, picked, strict=True):
        system, hello, fellow, question, answer = (m["content"] for m in given[i]["messages"])
        assert row == {
            "instruction": question,
            "input": "",
            "output": answer,
            "system": system,
            "history": [[hello, fellow]],
        }
    (notice,) = manifest["notices"]
    assert (notice["code"], notice["count"], notice["total"]) == (
        "not-carried-reasoning",
        len(rows),
        len(rows),
    )
    for place in (said, (tmp_path / "alpaca" / "README.md").read_text()):
        assert f"{len(rows)} of {len(rows)} rows have reasoning" in place


def test_case_20_tool_turns_come_out_whole(runs, tmp_path, capsys):
    run, given = runs(CASES[2]), pool(CASES[2])
    assert Run.open(run).valid.all()
    rows, _, _, picked = select(run, tmp_path / "messages", "messages", capsys)
    assert rows == [{"messages": given[i]["messages"]} for i in picked]
    assert any(m["content"] is None for row in rows for m in row["messages"])

    with_calls = sum(len(given[i]["messages"]) > 2 for i in picked)
    _, manifest, said, _ = select(run, tmp_path / "alpaca", "alpaca", capsys)
    counts = {n["code"]: n["count"] for n in manifest["notices"]}
    assert counts == {"not-carried-tool-calls": with_calls, "not-carried-tool-results": with_calls}
    assert f"{with_calls} of {len(picked)} rows have tool calls, which alpaca cannot carry" in said


def test_what_a_run_keeps_of_a_row(runs):
    run, given = Run.open(runs(CASES[2])), pool(CASES[2])
    for row in (0, 1, run.n - 1):
        assert run.original(row) == given[row]
        assert list(run.conversation(row).messages) == given[row]["messages"]
