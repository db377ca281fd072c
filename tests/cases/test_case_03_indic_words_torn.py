from __future__ import annotations

import json
from pathlib import Path

from paser_core.cli import main
from paser_core.language import words
from paser_core.runs import Run

FOLDER = Path(__file__).parent / "03-indic-words-torn"


def test_words_are_whole_in_names_keywords_and_concepts(tmp_path, monkeypatch):
    monkeypatch.chdir(FOLDER)
    assert main(["run", "run.yaml", "--out", str(tmp_path / "run")]) == 0
    run = Run.open(tmp_path / "run")
    rows = [json.loads(line) for line in (FOLDER / "pool.jsonl").read_text("utf-8").splitlines()]
    # What stands between spaces and punctuation is a word of Hindi.
    signs = str.maketrans(dict.fromkeys("।,:?.", " "))
    whole = {
        word
        for row in rows
        for text in row.values()
        for word in " ".join(words(text.translate(signs))).split()
    } & {word for row in rows for text in row.values() for word in text.translate(signs).split()}
    named = {word for name in run.clusters.name for word in name.split(" · ")}
    keywords = {word for terms in run.clusters.keywords for t in terms for word in t.split()}
    concepts = {word for terms in run.samples.concepts for t in terms for word in t.split()}
    assert keywords
    assert concepts
    assert {word for name in named for word in name.split()} | keywords | concepts <= whole
