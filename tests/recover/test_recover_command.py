"""``paser recover`` and ``paser.recover``: what comes out, what is refused, what diverges."""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import signal
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
import torch
from recovery_pairs import QUICK, rows, write_pair
from tiny_models import byte_tokenizer, tiny_llama
from transformers import AutoModelForCausalLM, AutoTokenizer

import paser_core as paser
from paser_core.cli import main
from paser_core.errors import ConfigError, DataError, ModelError, RecoveryError, RunError
from paser_core.recover.history import History
from paser_core.recover.training import Course, look_into
from paser_core.registry import RECOVERIES
from paser_core.workspace.events import read_events

DEMO = Path(__file__).parents[2] / "data" / "demo"
SETS = ["--epochs", "2", "--batch", "8", "--lr", "3e-3", "--template", "alpaca"]


@pytest.fixture(scope="module")
def done(compressed, data, tmp_path_factory):
    """A finished recovery by the command line: its folder, and what was printed."""
    return tmp_path_factory.mktemp("done") / "out"


def command(compressed, data, out, *more):
    return main(["recover", str(compressed), "--data", str(data), "--out", str(out), *SETS, *more])


def test_the_command_makes_a_model_and_says_what_it_did(compressed, data, done, capfd):
    assert command(compressed, data, done, "--method", "kd") == 0
    said = capfd.readouterr()
    assert "24 rows read, 24 trained on, 0 left out, 0 cut; 6 steps (6 of kd)" in said.out
    assert "before" in said.out
    assert said.err == ""  # no bars and no warnings of libraries
    model, tokenizer = (
        AutoModelForCausalLM.from_pretrained(done),
        AutoTokenizer.from_pretrained(done),
    )
    assert model(**tokenizer("Add 1 and 2.", return_tensors="pt")).logits.isfinite().all()
    assert tokenizer("Add 1")["input_ids"] == byte_tokenizer()("Add 1")["input_ids"]
    facts = json.loads((done / "recovery.json").read_text())
    assert facts["status"] == "done"
    assert facts["compressed"]["name"] == str(compressed)
    assert len(facts["compressed"]["fingerprint"]) == len(facts["original"]["fingerprint"]) == 64
    assert facts["original"]["name"].endswith("original")  # compression.json names it
    assert facts["settings"]["lr"] == 3e-3
    assert len(facts["loss"]["steps"]) == 6
    assert facts["tokens"]["read"] > facts["tokens"]["response"] > 0
    assert facts["loss"]["after"] < facts["loss"]["before"]
    manifest = json.loads((done / "manifest.json").read_text())
    assert (manifest["state"], manifest["status"]) == ("done", "done")
    progress = [e for e in read_events(done) if e["event"] == "progress"]
    assert progress[-1]["done"] == progress[-1]["total"] == 6
    assert all("loss" in e and "seconds_left" in e for e in progress)
    assert not (done / ".parts").exists()


def test_a_finished_recovery_is_opened_and_another_is_refused(compressed, data, done, capsys):
    before = (done / "model.safetensors").stat().st_mtime_ns
    assert command(compressed, data, done, "--method", "kd") == 0
    assert "already done" in capsys.readouterr().out
    assert (done / "model.safetensors").stat().st_mtime_ns == before
    assert command(compressed, data, done, "--method", "sft") == 2
    said = capsys.readouterr().err
    assert "method" in said
    assert "--out" in said


def test_a_model_file_that_was_damaged_is_made_again(compressed, data, done, capsys):
    (done / "model.safetensors").write_bytes(b"no weights")
    assert command(compressed, data, done, "--method", "kd") == 0
    assert "model.safetensors is damaged" in capsys.readouterr().out
    AutoModelForCausalLM.from_pretrained(done)


def test_a_training_that_diverges_is_a_status_and_no_model(compressed, data, tmp_path, capsys):
    out = tmp_path / "out"
    assert command(compressed, data, out, "--lr", "50.0", "--set", "clip=0") == 1
    said = capsys.readouterr().out
    assert "diverged" in said
    assert "Lower lr" in said
    assert not list(out.glob("*.safetensors"))
    assert not (out / "config.json").exists()
    assert not (out / ".parts").exists()
    facts = json.loads((out / "recovery.json").read_text())
    assert facts["status"] == "diverged"
    manifest = json.loads((out / "manifest.json").read_text())
    assert (manifest["state"], manifest["status"]) == ("failed", "diverged")
    again = paser.recover(compressed, data, out=out, **{**QUICK, "lr": 50.0, "clip": 0.0})
    assert again.status == "diverged"
    with pytest.raises(RecoveryError, match="diverged"):
        _ = again.model
    # Other settings may be tried in the same folder: nothing is lost.
    assert command(compressed, data, out) == 0
    assert json.loads((out / "manifest.json").read_text())["status"] == "done"


@pytest.mark.parametrize(
    ("losses", "now", "trouble"),
    [
        ([2.0, 1.9, 1.8, 1.7], 9.0, None),  # nobody looks where there is no doubt
        ([2.0, 1.9, math.nan], 1.0, "no number"),
        ([2.0, math.inf], 1.0, "no number"),
        ([1.0] * 4 + [4.0], 9.0, None),  # one bad batch is noise …
        ([1.0] * 4 + [4.0, 1.0, 1.0, 1.0, 1.0], 9.0, None),
        ([1.0] * 4 + [2.1] * 4, 2.1, "after step 8 the loss is 2.1, more than twice"),  # … four not
        ([1.0] * 4 + [2.1] * 4, 0.8, None),  # unless it is their rows that are hard
        ([1.0] * 4 + [2.1] * 4, math.nan, "after step 8"),
        ([0.1] * 30 + [1.5] * 8, 9.0, None),  # another phase has a loss of its own
        ([0.0] * 4 + [1e-6] * 8, 9.0, None),  # a distillation of what is equal already
    ],
)
def test_twice_the_start_is_too_much_where_the_same_rows_say_so(losses, now, trouble):
    history = History.of((30, 30), batch=16)
    assert history.window == 4
    course = Course(None, history, None, None, None, before=1.0, loss_now=lambda model: now)
    for number, loss in enumerate(losses, start=1):
        history.losses.append(loss)
        look_into(course, None)
        if number < len(losses):
            assert history.trouble is None
    if trouble is None:
        assert history.trouble is None
    else:
        assert trouble in history.trouble


def test_rows_that_are_harder_than_the_first_are_no_divergence(tmp_path):
    """The loss of a step says more about its rows than about the model, where capabilities differ."""
    pool = [json.loads(line) for line in (DEMO / "pool.jsonl").read_text().splitlines()]
    mixed = [
        row
        for name in ("translation", "arithmetic")
        for row in [row for row in pool if row["capability"] == name][:64]
    ]
    # Of this seed the first batch is an easy one.
    settings = {"batch": 32, "epochs": 1, "lr": 1e-5, "template": "chat", "seed": 5}
    found = paser.recover(DEMO / "models" / "compressed", mixed, out=tmp_path / "out", **settings)
    losses = found.facts["loss"]["steps"]
    history = History.of((len(losses),), batch=32)
    doubts = []
    for loss in losses:
        history.losses.append(loss)
        doubts.append(history.doubts())
    assert any(doubts)
    assert found.status == "done"
    assert found.facts["loss"]["after"] == pytest.approx(found.facts["loss"]["before"], rel=0.2)


def test_the_last_step_is_looked_at_too(compressed, data, tmp_path):
    """The loss of a step is that of the weights before it: only a look afterwards sees the last one."""
    settings = {**QUICK, "epochs": 1, "batch": 24, "lr": 50.0, "clip": 0.0}
    found = paser.recover(compressed, data, out=tmp_path / "out", **settings)
    assert found.facts["steps"]["total"] == 1
    assert found.status == "diverged"
    assert "on the same rows" in found.facts["why"]


def test_an_interrupt_leaves_a_folder_that_resumes(compressed, data, tmp_path, capsys, monkeypatch):
    from paser_core.cli import recover as cli

    class Pressing(cli.Bar):
        """Control-C at the third step."""

        def __call__(self, event):
            super().__call__(event)
            if event["event"] == "progress" and event["done"] >= 1 and not self.pressed:
                Pressing.pressed = True
                os.kill(os.getpid(), signal.SIGINT)

        pressed = False

    monkeypatch.setattr(cli, "Bar", Pressing)
    assert command(compressed, data, tmp_path / "out", "--set", "checkpoint_seconds=0") == 130
    assert "the same command resumes" in capsys.readouterr().err
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert (manifest["state"], manifest["error"]) == ("failed", "interrupted")
    assert command(compressed, data, tmp_path / "out", "--set", "checkpoint_seconds=0") == 0


def test_bad_requests_are_one_sentence_and_write_nothing(compressed, data, tmp_path):
    out = tmp_path / "out"
    blank = [{"instruction": "", "output": ""}] * 3
    other = tmp_path / "other"
    tiny_llama(0, 400).save_pretrained(other)
    byte_tokenizer(400, corpus=["other words make other merges, all of them"]).save_pretrained(
        other
    )
    for request, settings, error, words in [
        (data, {"method": "sftt"}, ConfigError, ["sftt", "'sft'", "kd-sft"]),
        (data, {"adaptr": "lora"}, ConfigError, ["adaptr", "'adapter'"]),
        (data, {"lr": "fast"}, ConfigError, ["lr", "fast", "number"]),
        (data, {"epochs": 0}, ConfigError, ["epochs", "0", "between 1"]),
        (blank, {}, RecoveryError, ["none of the 3 rows", "no training step", "instruction"]),
        (
            rows(5),
            {"method": "kd-sft", "epochs": 1},
            RecoveryError,
            ["5 rows", "1 training step", "2"],
        ),
        (tmp_path / "none.jsonl", {}, DataError, ["none.jsonl", "no such file"]),
        (data, {"method": "kd", "original": other}, ModelError, ["disagree"]),
        (data, {"template": "chat"}, ModelError, ["chat template"]),
        (data, {"targets": "original", "turns": "all"}, ConfigError, ["turns"]),
        (data, {"config": 7}, ConfigError, ["config is 7"]),
    ]:
        with pytest.raises(error) as caught:
            paser.recover(compressed, request, out=out, **{**QUICK, **settings})
        for word in words:
            assert word in str(caught.value), (settings, str(caught.value))
        assert not out.exists(), settings


def test_settings_by_set_reach_how_rows_are_read_and_nothing_else(
    compressed, data, tmp_path, capsys
):
    out = str(tmp_path / "out")
    asked = ["recover", str(compressed), "--data", str(data), "--out", out, "--set"]
    assert main([*asked, "data.fields.output=nope"]) == 2
    assert "names the column 'nope'" in capsys.readouterr().err
    assert main([*asked, "out=elsewhere"]) == 2
    assert "out is not a known field" in capsys.readouterr().err
    assert (
        main(["evaluate", str(compressed), "--tasks", "demo", "--out", out, "--set", "out=x"]) == 2
    )
    assert "out is not a known field" in capsys.readouterr().err


def test_an_original_that_is_elsewhere_now_has_to_be_named(compressed, data, tmp_path):
    moved = tmp_path / "moved"
    shutil.copytree(compressed, moved)
    record = json.loads((moved / "compression.json").read_text())
    record["original"]["name"] = "models/not-here"
    (moved / "compression.json").write_text(json.dumps(record))
    with pytest.raises(RecoveryError, match=r"names models/not-here .* with --original"):
        paser.recover(moved, data, out=tmp_path / "out", **QUICK, method="kd")


def test_a_run_is_no_data(compressed, tmp_path):
    run = Path(__file__).parents[2] / "data" / "demo" / "run"
    with pytest.raises(ConfigError, match=r"this is a run.*paser select RUN"):
        paser.recover(compressed, run, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_without_a_compression_json_the_original_has_to_be_named(data, tmp_path):
    model = write_pair(tmp_path)
    (model / "compression.json").unlink()
    with pytest.raises(RecoveryError, match=r"kd asks the original.*--original"):
        paser.recover(model, data, out=tmp_path / "out", method="kd", **QUICK)
    with pytest.raises(RecoveryError, match=r"targets original asks the original.*--original"):
        paser.recover(model, data, out=tmp_path / "out", targets="original", **QUICK)


def test_a_folder_with_something_else_is_left_alone(compressed, data, tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(RunError, match=r"thesis\.txt.*--out"):
        paser.recover(compressed, data, out=tmp_path, **QUICK)
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "manifest.json").write_text(json.dumps({"schema": 2, "state": "done"}))
    with pytest.raises(RunError, match="something else than a recovery"):
        paser.recover(compressed, data, out=tmp_path / "run", **QUICK)


def test_broken_weights_are_told_before_the_training(data, tmp_path):
    model = write_pair(tmp_path)
    broken = AutoModelForCausalLM.from_pretrained(model)
    with torch.no_grad():
        broken.model.norm.weight[0] = math.nan
    broken.save_pretrained(model)
    with pytest.raises(RecoveryError, match=r"no number before anything.*float32"):
        paser.recover(model, data, out=tmp_path / "out", **QUICK)


def test_a_disk_that_is_too_small_is_told_before_the_work(compressed, data, tmp_path, monkeypatch):
    from paser_core.workspace import place

    monkeypatch.setattr(place.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 1000}))
    with pytest.raises(RunError, match=r"need about \d.*1\.0 kB are free.*--out"):
        paser.recover(compressed, data, out=tmp_path / "out", **QUICK)
    assert not (tmp_path / "out").exists()


def test_what_was_put_in_place_before_the_end_is_taken_away_again(
    compressed, data, tmp_path, monkeypatch
):
    from paser_core.recover import publishing

    def killed(_folder):
        raise KeyboardInterrupt

    out = tmp_path / "out"
    monkeypatch.setattr(publishing, "sync", killed)
    with pytest.raises(KeyboardInterrupt):
        paser.recover(compressed, data, out=out, **QUICK)
    assert "model.safetensors" in json.loads((out / "manifest.json").read_text())["publishing"]
    monkeypatch.undo()
    with pytest.raises(KeyboardInterrupt):  # as soon as the training goes on
        paser.recover(compressed, data, out=out, watch=stop_at_the_training, **QUICK)
    assert not (out / "model.safetensors").exists()
    assert not (out / "config.json").exists()
    assert paser.recover(compressed, data, out=out, **QUICK).status == "done"
    assert AutoModelForCausalLM.from_pretrained(out).config.vocab_size == 320


def stop_at_the_training(event):
    """Control-C where a notice or a step is told."""
    if event["event"] == "progress" and event["stage"] == "training":
        raise KeyboardInterrupt


def test_the_recipe_of_a_package_trains_as_the_docs_say(compressed, data, tmp_path, monkeypatch):
    page = (Path(__file__).parents[2] / "docs" / "recover.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    (tmp_path / "recipe_of_the_docs.py").write_text(code)
    monkeypatch.syspath_prepend(str(tmp_path))
    point = EntryPoint("both", "recipe_of_the_docs:RECIPE", "paser.recoveries")
    monkeypatch.setitem(vars(RECOVERIES), "_brought", {"both": point})
    done = paser.recover(compressed, data, out=tmp_path / "out", method="both", **QUICK)
    assert done.facts["steps"]["phases"] == [{"loss": "both", "steps": 6}]
    assert done.facts["title"] == "Both at once"
    assert done.facts["original"] is not None
    assert done.facts["loss"]["after"] < done.facts["loss"]["before"]


def test_the_same_seed_gives_the_same_weights_and_another_does_not(compressed, data, tmp_path):
    found = []
    for number, seed in enumerate((0, 0, 1)):
        out = tmp_path / str(number)
        paser.recover(compressed, data, out=out, seed=seed, adapter="lora", **QUICK)
        found.append(
            AutoModelForCausalLM.from_pretrained(out).lm_head.weight.sum()
            + sum(p.double().sum() for p in AutoModelForCausalLM.from_pretrained(out).parameters())
        )
    assert torch.equal(found[0], found[1])
    assert not torch.equal(found[0], found[2])
