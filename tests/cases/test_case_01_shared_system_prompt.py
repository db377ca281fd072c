from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from paser_core.cli import main
from paser_core.models.sentence_encoder import load_encoder
from paser_core.runs import Run

FOLDER = Path(__file__).parent / "01-shared-system-prompt"


def test_samples_are_told_apart_by_what_is_asked(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(FOLDER)
    assert main(["run", "run.yaml", "--out", str(tmp_path / "run")]) == 0
    rows = [json.loads(line) for line in (FOLDER / "pool.jsonl").read_text("utf-8").splitlines()]
    asked = [row["messages"][-2]["content"].strip() for row in rows]
    run = Run.open(tmp_path / "run")
    # The vectors are those of the questions alone, and with them map and clusters.
    np.testing.assert_allclose(run.embeddings, load_encoder().encode(asked), atol=1e-5)
    assert len(set(run.labels.tolist())) > 1


def test_texts_longer_than_the_encoder_reads_are_counted(tmp_path, capsys, monkeypatch):
    rows = [json.loads(line) for line in (FOLDER / "pool.jsonl").read_text("utf-8").splitlines()]
    flat = [
        {"instruction": "\n".join(m["content"] for m in row["messages"][:-1]), "output": "Yes."}
        for row in rows[:8]
    ]
    (tmp_path / "pool.jsonl").write_text("\n".join(map(json.dumps, flat)), "utf-8")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "run.yaml").write_text(
        "data: {path: pool.jsonl}\nembedding: {shared: keep}\nclustering: {k_min: 2, k_max: 3}\n"
        "manifold: {n_neighbors: 4, n_components: 3}\n",
        "utf-8",
    )
    assert main(["run", "run.yaml", "--out", "run"]) == 0
    said = capsys.readouterr().out
    assert "8 of 8 texts are longer than the 254 tokens" in said
    # They begin alike for longer than that, and still have vectors of their own.
    assert len(np.unique(Run.open(tmp_path / "run").embeddings.round(4), axis=0)) == 8
