"""A whole evaluation: what is in its folder, how it resumes, what it refuses."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import re
import sys
import time
from pathlib import Path

import killed_evaluation
import pandas as pd
import pytest
import torch
from tiny_models import byte_tokenizer, tiny_llama

import paser_core as paser
from paser_core.cli import main
from paser_core.errors import ConfigError, DataError, EvaluationError, ModelError, RunError
from paser_core.evaluate import Task
from paser_core.evaluate.figures import chance_of, wilson
from paser_core.evaluate.sandbox import run_code, unavailable
from paser_core.evaluate.task import Figure, Item, Measured, Prepared
from paser_core.registry import CHECKS, TASKS

ROOT = Path(__file__).parents[2]
ROWS = [
    {"id": f"q{i}", "question": f"add {i} and {i + 1}", "answer": str(2 * i + 1), "capability": kind,
     "check": check}
    for i, (kind, check) in enumerate([("sums", "same-text"), ("words", "contains")] * 6)
]  # fmt: skip


@pytest.fixture
def questions(tmp_path):
    path = tmp_path / "questions.jsonl"
    path.write_text("\n".join(map(json.dumps, ROWS)), encoding="utf-8")
    return path


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text("### Instruction: add two numbers\n" * 40, encoding="utf-8")
    return path


def test_the_folder_has_figures_and_a_row_for_every_item(saved, questions, text, tmp_path):
    tasks = [f"jsonl:{questions}", f"ppl:{text}"]
    seen = []
    found = paser.evaluate(saved, tasks, out=tmp_path / "out", answer_tokens=8, watch=seen.append)
    items = found.items
    assert list(items["id"][:12]) == [row["id"] for row in ROWS]
    assert items.groupby(["task", "id"]).size().max() == 1
    asked = items[items["task"] == tasks[0]]
    assert list(asked["expected"]) == [row["answer"] for row in ROWS]
    assert asked["answer"].notna().all()
    assert (asked["answer_tokens"] <= 8).all()
    assert asked["bits_per_byte"].gt(0).all()
    scores = found.scores.set_index(["task", "capability"])
    for kind in ("sums", "words"):
        part = asked[asked["capability"] == kind]
        figure = scores.loc[(tasks[0], kind)]
        assert figure["n"] == len(part) == 6
        assert figure["score"] == part["score"].mean()
        assert (figure["low"], figure["high"]) == wilson(part["score"].mean(), 6)
        assert figure["chance"] == chance_of(list(part["expected"])) == pytest.approx(1 / 6)
        assert figure["bits_per_byte"] == pytest.approx(part["bits_per_byte"].mean())
    model = found.results["model"]
    assert model["name"] == str(saved)
    assert len(model["fingerprint"]) == 64
    assert found.results["settings"]["answer_tokens"] == 8
    assert any("no end within the tokens" in n for n in found.results["tasks"][tasks[0]]["notes"])
    manifest = json.loads((found.path / "manifest.json").read_text())
    assert (manifest["state"], manifest["kind"]) == ("done", "evaluation")
    progress = [e for e in seen if e["event"] == "progress" and e["stage"].startswith("jsonl")]
    assert progress[-1]["done"] == progress[-1]["total"] == 3 * len(ROWS)
    assert not (found.path / ".parts").exists()


def test_the_probability_of_the_right_answer_is_what_the_model_gives_it(tiny, questions, tmp_path):
    model, tokenizer = tiny
    found = paser.evaluate(
        model, f"jsonl:{questions}", out=tmp_path / "out", tokenizer=tokenizer, template="none"
    )
    for row, item in zip(ROWS, found.items.itertuples(), strict=True):
        prompt = tokenizer(row["question"] + "\n")["input_ids"]
        answer = [
            *tokenizer(row["answer"], add_special_tokens=False)["input_ids"],
            1,
        ]  # and its end
        with torch.inference_mode():
            p = model(torch.tensor([prompt + answer])).logits[0].double().log_softmax(-1)
        nats = -sum(float(p[len(prompt) - 1 + i, token]) for i, token in enumerate(answer))
        assert item.nats == pytest.approx(nats, rel=1e-5)
        assert item.prompt_tokens == len(prompt)
        assert item.expected_tokens == len(answer)


def test_a_finished_one_is_opened_another_task_is_added_and_other_weights_are_refused(
    saved, tiny, questions, text, tmp_path
):
    out = tmp_path / "out"
    first = f"jsonl:{questions}"
    paser.evaluate(saved, first, out=out, answer_tokens=4)
    seen = []
    paser.evaluate(saved, [first, f"ppl:{text}"], out=out, answer_tokens=4, watch=seen.append)
    reused = [e["stage"] for e in seen if e["event"] == "stage_reused"]
    made = [e["stage"] for e in seen if e["event"] == "stage_finished"]
    assert [name.split("-")[0] for name in reused] == ["jsonl"]
    assert [name.split("-")[0] for name in made] == ["ppl", "results"]
    seen.clear()
    paser.evaluate(saved, [first, f"ppl:{text}"], out=out, answer_tokens=5, watch=seen.append)
    made = [e["stage"].split("-")[0] for e in seen if e["event"] == "stage_finished"]
    assert made == ["jsonl", "results"]  # perplexity has no answers
    ROWS_CHANGED = [dict(row, answer="no") for row in ROWS]
    questions.write_text("\n".join(map(json.dumps, ROWS_CHANGED)), encoding="utf-8")
    found = paser.evaluate(saved, first, out=out, answer_tokens=5)
    assert list(found.items["expected"]) == ["no"] * 12
    import copy

    other = copy.deepcopy(tiny[0])
    with torch.no_grad():
        next(other.parameters())[0, 0] += 1
    with pytest.raises(RunError, match="with other weights"):
        paser.evaluate(other, first, out=out, tokenizer=tiny[1])
    with pytest.raises(RunError, match="holds no evaluation"):
        paser.evaluate(saved, first, out=tmp_path)


@pytest.mark.skipif(unavailable() is not None, reason=str(unavailable()))
def test_killed_at_any_moment_it_resumes_to_the_same_items(questions, text, tmp_path, monkeypatch):
    problems = tmp_path / "problems.jsonl"
    rows = [{"task_id": i, "prompt": f"def f{i}():\n", "entry_point": f"f{i}", "test": "def check(f): pass",
             "canonical_solution": "    return 1"} for i in range(6)]  # fmt: skip
    problems.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    tasks = [f"jsonl:{questions}", f"code:{problems}", f"ppl:{text}"]
    model = tmp_path / "model"
    tokenizer = byte_tokenizer()
    for part in (tokenizer, tiny_llama(3, len(tokenizer), max_position_embeddings=160)):
        part.save_pretrained(model)
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload(["killed_evaluation"])
    # The server looks for what it imports beforehand on its own path, not on that of the tests.
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))

    def start(out):
        started = server.Event()
        process = server.Process(
            target=killed_evaluation.work, args=(str(model), str(out), tasks, started)
        )
        process.start()
        assert started.wait(120)
        return process

    whole = start(tmp_path / "whole")
    began = time.monotonic()
    whole.join()
    took = time.monotonic() - began
    assert whole.exitcode == 0
    chance, kills = random.Random(0), 0
    for _ in range(5):
        process = start(tmp_path / "killed")
        process.join(chance.uniform(0.05, 0.5) * took)
        if process.is_alive():
            process.kill()
            kills += 1
        process.join()
    process = start(tmp_path / "killed")
    process.join()
    assert process.exitcode == 0
    assert kills
    whole, killed = (
        pd.read_parquet(tmp_path / name / "items.parquet") for name in ("whole", "killed")
    )
    pd.testing.assert_frame_equal(whole, killed, check_exact=True)
    assert whole["problem"].isna().all()  # or there was nothing to lose
    assert len(whole) == 12 + 6 + whole["task"].eq(tasks[2]).sum()
    files = [
        sorted(str(p.relative_to(tmp_path / n)) for p in (tmp_path / n).rglob("*.parquet"))
        for n in ("whole", "killed")
    ]
    assert files[0] == files[1]


def test_a_question_that_the_model_cannot_read_counts_as_wrong_and_is_told(saved, tmp_path):
    path = tmp_path / "q.jsonl"
    rows = [{"question": "word " * 400, "answer": "x"}, {"question": "add", "answer": "x"}]
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    found = paser.evaluate(saved, f"jsonl:{path}", out=tmp_path / "out", answer_tokens=4)
    assert found.items["problem"][0].endswith("the model reads 256")
    assert found.items["score"][0] == 0.0
    assert pd.isna(found.items["problem"][1])
    (task,) = found.results["tasks"].values()
    assert task["n"] == 2
    assert any("1 item could not be asked" in note for note in task["notes"])


def test_questions_of_which_none_can_be_asked_are_no_zero(saved, tmp_path):
    path = tmp_path / "q.jsonl"
    path.write_text(json.dumps({"question": "word " * 400, "answer": "x"}), encoding="utf-8")
    with pytest.raises(EvaluationError, match=r"Not one of the 1 question can be asked.*256"):
        paser.evaluate(saved, f"jsonl:{path}", out=tmp_path / "out")


def test_a_setting_that_does_not_fit_leaves_a_finished_evaluation_finished(saved, text, tmp_path):
    out = tmp_path / "out"
    before = paser.evaluate(saved, f"ppl:{text}", out=out, context=16).results
    with pytest.raises(EvaluationError, match="reads 256 tokens at most"):
        paser.evaluate(saved, f"ppl:{text}", out=out, context=9999)
    assert json.loads((out / "manifest.json").read_text())["state"] == "done"
    assert paser.Evaluation(out).results == before


def test_samples_that_count_for_nothing_are_told(saved, questions, tmp_path):
    found = paser.evaluate(
        saved, f"jsonl:{questions}", out=tmp_path / "out", samples=3, answer_tokens=2
    )
    (task,) = found.results["tasks"].values()
    assert any("one greedy answer" in note for note in task["notes"])


def test_a_task_of_a_package(saved, tmp_path, monkeypatch):
    def measure(desk, report):
        size = sum(p.numel() for p in desk.subject.model.parameters())
        return Measured((Item("size", answer=str(size)),), Figure(1, more={"parameters": size}))

    task = Task("Its size", lambda argument, config: Prepared(1, {}, measure))
    monkeypatch.setitem(TASKS._built_in, "size", "nowhere:TASK")
    monkeypatch.setitem(TASKS._loaded, "size", task)
    found = paser.evaluate(saved, "size", out=tmp_path / "out")
    assert found.results["tasks"]["size"]["parameters"] > 1000


def refused(error, match, *arguments, **named):
    with pytest.raises(error, match=match) as caught:
        paser.evaluate(*arguments, **named)
    assert not Path(named["out"]).exists()
    assert str(caught.value).count("\n") == 0


def test_mistakes_are_one_sentence_before_anything_is_written(saved, tiny, questions, tmp_path):
    out = tmp_path / "out"
    refused(ConfigError, "Did you mean 'demo'", saved, "demmo", out=out)
    refused(ConfigError, "tasks is empty", saved, [], out=out)
    refused(ConfigError, "twice", saved, ["demo", "demo"], out=out)
    refused(ConfigError, "Did you mean 'samples'", saved, "demo", out=out, sample=3)
    refused(ConfigError, "must be between", saved, "demo", out=out, temperature=0)
    refused(EvaluationError, "write ppl:FILE", saved, "ppl", out=out)
    bare = tmp_path / "bare.jsonl"
    bare.write_text("{}")
    refused(EvaluationError, f"Write .*jsonl:{bare}", saved, str(bare), out=out)
    refused(EvaluationError, "takes nothing behind", saved, "demo:x", out=out)
    refused(
        DataError,
        "Did you mean 'questions.jsonl'",
        saved,
        f"jsonl:{tmp_path}/question.jsonl",
        out=out,
    )
    refused(DataError, "this is a folder", saved, f"ppl:{tmp_path}", out=out)
    (tmp_path / "file").touch()
    with pytest.raises(RunError, match="a file is in its place"):
        paser.evaluate(saved, f"jsonl:{questions}", out=tmp_path / "file")
    refused(ModelError, "no config.json", tmp_path, f"jsonl:{questions}", out=out)
    refused(
        ModelError, "not a causal|accepted", 3, f"jsonl:{questions}", out=out, tokenizer=tiny[1]
    )
    refused(ConfigError, "without `tokenizer`", tiny[0], f"jsonl:{questions}", out=out)


@pytest.mark.parametrize(
    ("line", "match"),
    [
        ("", "is empty"),
        ("{", "not JSON"),
        ("[1]", "not an object"),
        ('{"question": "q"}', "field 'answer': the text is missing"),
        ('{"question": "q", "answer": " "}', "field 'answer'"),
        ('{"qestion": "q", "answer": "a"}', "Did you mean 'qestion'"),
        ('{"question": "q", "answer": "a", "check": "sametext"}', "Did you mean 'same-text'"),
        ('{"question": "q", "answer": "a", "check": "words"}', "needs the words that must occur"),
        ('{"question": "q\\ud800", "answer": "a"}', "half a character"),
        ('{"question": "q", "answer": NaN}', "field 'answer': this is nan"),
        ('{"question": "q", "answer": "2", "chek": "number"}', "'chek' is not read. .*'check'"),
        ('{"question": "q", "answer": "two", "check": "number"}', "no answer could be right"),
        ('{"question": "q", "answer": "a", "facts": [[1]]}', "must be a text or a list of texts"),
        ('{"question": "q", "answer": "a", "id": 1}\n{"question": "p", "answer": "a", "id": 1}',
         "the id '1' stands at 2 questions"),
    ],
)  # fmt: skip
def test_lines_that_are_no_questions(saved, tmp_path, line, match):
    path = tmp_path / "q.jsonl"
    path.write_text(line, encoding="utf-8")
    refused(DataError, match, saved, f"jsonl:{path}", out=tmp_path / "out")


def test_programs_are_not_run_where_they_cannot_be_kept_apart(saved, tmp_path, monkeypatch):
    from paser_core.evaluate import judging

    monkeypatch.setattr(judging, "unavailable", lambda: "Give --unsafe.")
    path = tmp_path / "q.jsonl"
    row = {"question": "q", "answer": "a", "check": "program", "facts": ["assert f"]}
    path.write_text(json.dumps(row), encoding="utf-8")
    refused(EvaluationError, "--unsafe", saved, f"jsonl:{path}", out=tmp_path / "out")
    monkeypatch.setattr("paser_core.evaluate.sandbox.run._KEEPER", 'print(\'{"failed": "no"}\')')
    with pytest.raises(EvaluationError, match=r"own \(no\).*--unsafe"):
        run_code("pass")


def test_the_page_has_every_setting_and_check():
    import config_docs

    page = config_docs.EVALUATE.read_text(encoding="utf-8")
    assert page == config_docs.evaluate_page(page), "run: python scripts/config_docs.py"
    for name in (*CHECKS, *TASKS):
        assert f"`{name}" in page
    namespace = {}
    (block,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    exec(compile(block, "docs/evaluate.md", "exec"), namespace)
    assert isinstance(namespace["TASK"], Task)


def test_the_command_line(saved, questions, tmp_path, capsys):
    command = ["evaluate", str(saved), "--tasks", f"jsonl:{questions}", "--set", "answer_tokens=4"]
    assert main([*command, "--out", str(tmp_path / "a")]) == 0
    said = capsys.readouterr().out
    assert "sums" in said
    assert "bits a byte" in said
    assert main([*command, "--out", str(tmp_path / "b"), "--against", str(tmp_path / "a")]) == 0
    assert "no better than chance" in capsys.readouterr().out  # a model that was never trained
    assert main([*command, "--out", str(tmp_path / "c"), "--against", str(tmp_path)]) == 2
    assert "no evaluation in this folder" in capsys.readouterr().err
    other = ["evaluate", str(saved), "--tasks", "demo", "--out", str(tmp_path / "c")]
    assert main([*other, "--against", str(tmp_path / "a")]) == 2
    assert "no task in common" in capsys.readouterr().err
    assert not (tmp_path / "c").exists()
