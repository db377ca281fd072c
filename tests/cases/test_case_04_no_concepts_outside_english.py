from __future__ import annotations

import json
from pathlib import Path

from paser_core.cli import main
from paser_core.language import stop_words
from paser_core.runs import Run

FOLDER = Path(__file__).parent / "04-no-concepts-outside-english"


def test_french_has_concepts_and_names_without_stop_words(tmp_path, monkeypatch):
    monkeypatch.chdir(FOLDER)
    assert main(["run", "run.yaml", "--out", str(tmp_path / "run")]) == 0
    run = Run.open(tmp_path / "run")
    assert all(len(concepts) for concepts in run.samples.concepts)
    named = {word.lower() for name in run.clusters.name for word in name.split(" · ")}
    assert not named & stop_words("fr")
    assert not any(notice.code == "no-concepts" for notice in run.notices)


def test_a_run_without_concepts_says_so_wherever_it_is_read(tmp_path, capsys, monkeypatch):
    rows = [{"instruction": f"{i} + {i} = ?", "output": str(2 * i)} for i in range(11, 19)]
    (tmp_path / "pool.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    (tmp_path / "run.yaml").write_text(
        "data: {path: pool.jsonl}\nclustering: {n_clusters: 2}\n"
        "manifold: {n_neighbors: 3, n_components: 3}\n",
        "utf-8",
    )
    monkeypatch.chdir(tmp_path)
    assert main(["run", "run.yaml", "--out", "run"]) == 0
    sentence = "The concept graph has nothing to work on: no sample has a concept"
    assert sentence in capsys.readouterr().out
    assert any(sentence in notice.text for notice in Run.open(tmp_path / "run").notices)
    assert main(["report", "run", "--out", "report.html"]) == 0
    assert sentence in (tmp_path / "report.html").read_text("utf-8")
