from __future__ import annotations

import json
from pathlib import Path

from paser_core.cli import main
from paser_core.runs import Run

FOLDER = Path(__file__).parent / "02-script-unknown-to-encoder"


def test_one_sentence_before_any_work_and_never_one_cluster(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(FOLDER)
    assert main(["run", "run.yaml", "--out", str(tmp_path / "run")]) == 2
    said = capsys.readouterr().err
    assert "does not know 100.0 % of the tokens (Thai: 100.0 %)" in said
    assert "embedding.model" in said
    assert "paraphrase-multilingual-MiniLM-L12-v2" in said
    assert not (tmp_path / "run" / "embeddings.npy").exists()


def test_a_few_rows_inside_an_english_pool_get_no_cluster(tmp_path, capsys, monkeypatch):
    thai = (FOLDER / "pool.jsonl").read_text("utf-8").splitlines()[:2]
    odd = [{"instruction": text, "output": "Fine."} for text in ("😀😀", "🎉")]
    # Different texts that come out as the same tokens: [UNK] is all that tells them apart.
    odd += [{"instruction": f"What does {sign} mean?", "output": "Joy."} for sign in "😀🎉"]
    english = [
        {"instruction": f"Name a {what} that starts with B.", "output": "Bee."}
        for what in ("river", "city", "song")
    ]
    lines = [*thai, *map(json.dumps, [*odd, *english])]
    (tmp_path / "pool.jsonl").write_text("\n".join(lines), "utf-8")
    (tmp_path / "run.yaml").write_text(
        "data: {path: pool.jsonl}\nclustering: {n_clusters: 2}\n"
        "manifold: {n_neighbors: 2, n_components: 2}\n",
        "utf-8",
    )
    monkeypatch.chdir(tmp_path)
    assert main(["run", "run.yaml", "--out", "run"]) == 0
    run = Run.open(tmp_path / "run")
    assert (run.labels[:6] == -1).all()
    assert (run.labels[6:] >= 0).all()
    assert all("choose another embedding.model" in problem for problem in run.samples.problem[:6])
    (notice,) = (n for n in run.notices if n.code == "encoder-unknown")
    assert (notice.count, notice.total) == (6, 9)
    assert "Thai" in notice.text
    assert "emoji" in notice.text
    assert notice.text in capsys.readouterr().out
