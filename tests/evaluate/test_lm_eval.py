"""The harness's figures of a local task are those that a scorer of our own gives."""

from __future__ import annotations

import json

import pytest
import torch

import paser_core as paser
from paser_core.errors import EvaluationError

pytest.importorskip("lm_eval")

ROWS = [
    {"question": f"### add {a} and {b} =", "choices": [str(a + b), str(a * b), "none"], "gold": g}
    for a, b, g in ((1, 2, 0), (3, 4, 1), (12, 30, 0), (5, 5, 2), (8, 1, 1), (2, 9, 0), (7, 7, 2))
]
YAML = """task: sums
dataset_path: json
dataset_name: null
dataset_kwargs:
  data_files: {data}
output_type: multiple_choice
test_split: train
doc_to_text: "{{{{question}}}}"
doc_to_choice: "{{{{choices}}}}"
doc_to_target: gold
metric_list:
  - metric: acc
"""


@pytest.fixture(scope="module")
def task(tmp_path_factory):
    folder = tmp_path_factory.mktemp("harness")
    (folder / "rows.jsonl").write_text("\n".join(map(json.dumps, ROWS)), encoding="utf-8")
    (folder / "sums.yaml").write_text(YAML.format(data=folder / "rows.jsonl"), encoding="utf-8")
    return folder / "sums.yaml"


def own_scores(model, tokenizer):
    """log p of every choice after its question, token by token."""
    found = []
    for row in ROWS:
        prompt = tokenizer(row["question"])["input_ids"]
        values = []
        for choice in row["choices"]:
            # As the harness does: question and choice are one text, with a blank between.
            ids = tokenizer(f"{row['question']} {choice}")["input_ids"]
            with torch.inference_mode():
                p = model(torch.tensor([ids])).logits[0].double().log_softmax(-1)
            values.append(sum(float(p[i - 1, ids[i]]) for i in range(len(prompt), len(ids))))
        found.append(values)
    return found


def test_a_local_task_is_scored_as_by_our_own_scorer(tiny, task, tmp_path):
    model, tokenizer = tiny
    found = paser.evaluate(model, f"lm-eval:{task}", out=tmp_path / "out", tokenizer=tokenizer)
    values = own_scores(model, tokenizer)
    chosen = [max(range(3), key=v.__getitem__) for v in values]
    right = [float(c == row["gold"]) for c, row in zip(chosen, ROWS, strict=True)]
    assert 0 < sum(right) < len(ROWS)  # else everything would agree
    items = found.items
    assert list(items["score"]) == right
    for item, row, choice, v in zip(items.itertuples(), ROWS, chosen, values, strict=True):
        assert item.answer.strip() == row["choices"][choice]
        assert item.nats == pytest.approx(-v[row["gold"]], rel=1e-5)
    (figures,) = found.results["tasks"].values()
    assert figures["score"] == figures["harness"]["acc,none"] == sum(right) / len(right)
    assert figures["chance"] == pytest.approx(1 / 3)
    assert figures["n"] == len(ROWS)
    assert list(items["id"]) == [f"sums/{i}" for i in range(len(ROWS))]


def test_only_the_first_items(tiny, task, tmp_path):
    model, tokenizer = tiny
    found = paser.evaluate(
        model, f"lm-eval:{task}", out=tmp_path / "o", tokenizer=tokenizer, limit=3
    )
    assert len(found.items) == 3


def test_what_is_not_there_is_one_sentence(tiny, task, tmp_path, monkeypatch):
    model, tokenizer = tiny

    def refused(spec):
        with pytest.raises(EvaluationError) as caught:
            paser.evaluate(model, spec, out=tmp_path / "no", tokenizer=tokenizer)
        assert not (tmp_path / "no").exists()
        return str(caught.value)

    assert "Did you mean 'sums.yaml'" in refused(f"lm-eval:{task.parent}/sum.yaml")
    broken = task.parent / "broken.yaml"
    broken.write_text(YAML.format(data=task.parent / "nothing.jsonl").replace("sums", "broken"))
    assert "data_files are here" in refused(f"lm-eval:{broken}")
    broken.unlink()
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert "pip install -e '.[evaluate]'" in refused("lm-eval:arc_easy")


@pytest.mark.slow
def test_a_task_of_the_harness_offline_says_that_its_data_come_from_a_hub(
    tiny, tmp_path, monkeypatch
):
    import datasets

    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path))
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path)
    model, tokenizer = tiny
    with pytest.raises(EvaluationError, match="data come from a hub"):
        paser.evaluate(model, "lm-eval:arc_easy", out=tmp_path / "no", tokenizer=tokenizer)
    with pytest.raises(EvaluationError, match="Did you mean 'arc_easy'"):
        paser.evaluate(model, "lm-eval:arc_eazy", out=tmp_path / "no", tokenizer=tokenizer)
