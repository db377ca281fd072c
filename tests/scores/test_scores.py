"""Scores beside a run: made by the commands that need them, resumable, and never part of the run."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import shutil
import signal
import sys
import time

import killed_scores
import numpy as np
import pyarrow.parquet as pq
import pytest
import yaml
from slow_reading import SlowReader

import paser_core as paser
from paser_core.cli import main
from paser_core.config import ScoresConfig
from paser_core.errors import ConfigError, ModelError, RunError, ScoresError, SelectionError
from paser_core.measure.scores.make import make_scores
from paser_core.runs import Run
from paser_core.runs.verify import verify
from paser_core.selection import Setting
from paser_core.selection.of_run import select_from_run


def bytes_of(folder):
    return {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file()}


def test_one_command_scores_selects_and_exports(run, tmp_path, capsys):
    before, out = bytes_of(run.path), tmp_path / "out"
    command = ["select", str(run.path), "--selector", "ifd", "--budget", "10", "--out", str(out)]
    assert main(command) == 0
    said = capsys.readouterr().out
    (folder,) = (run.path / "scores").iterdir()
    cost = json.loads((folder / "manifest.json").read_text())["cost"]
    assert f"{cost['passes']:,} passes over {cost['tokens']:,} tokens" in said

    # The run is what it was, to the last byte.
    assert bytes_of(run.path) == before
    assert all(finding.ok for finding in verify(run.path))

    scores = run.scores("ifd")
    table = pq.read_table(out / "scores.parquet").to_pandas()
    expected = scores.column("given") / scores.column("alone")
    np.testing.assert_array_equal(table["score"].to_numpy(float), expected)
    assert np.isnan(expected[~run.valid]).all()
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["score"]["cost"] == cost
    assert manifest["score"]["model"]["role"] == "compressed"
    card = (out / "README.md").read_text()
    assert "| selector | ifd |" in card
    assert "mean loss of the answer given its question" in card
    assert f"{cost['passes']:,} passes" in card
    assert not (yaml.safe_load((out / "selection.yaml").read_text())).get("scores")

    # Again, nothing is read by a model; and the recipe makes the same folder.
    again = tmp_path / "again"
    stamp = (folder / "events.jsonl").read_bytes()
    assert main(["select", "--config", str(out / "selection.yaml"), "--out", str(again)]) == 0
    assert (folder / "events.jsonl").read_bytes() == stamp
    assert bytes_of(again) == bytes_of(out)


def test_another_setting_lies_beside_and_the_recipe_keeps_it(run, tmp_path):
    out = tmp_path / "out"
    options = ["--selector", "ifd", "--set", "scores.model=original", "--out", str(out)]
    assert main(["select", str(run.path), *options]) == 0
    make_scores(run, "ifd", ScoresConfig())
    assert len(list((run.path / "scores").iterdir())) == 2
    assert yaml.safe_load((out / "selection.yaml").read_text())["scores"]["model"] == "original"
    again = tmp_path / "again"
    assert main(["select", "--config", str(out / "selection.yaml"), "--out", str(again)]) == 0
    assert bytes_of(again) == bytes_of(out)


def test_python_selects_and_compares_alike(run):
    opened = paser.open(run.path)
    selection = opened.select(selector="ifd", budget=10)
    beside = opened.select(selector="ifd-ppl", budget=20).compare("ifd").pairs[0].b
    assert list(beside.ids[:10]) == selection.ids
    assert opened.score("ifd").folder == run.scores("ifd").folder


def test_every_selector_exports_its_own_score(run, tmp_path):
    for name, expected in (
        ("divergence", run.divergence_at(1.0)),
        ("longest", run.samples["output"].str.len().to_numpy(float)),
    ):
        out = tmp_path / name
        assert main(["select", str(run.path), "--selector", name, "--out", str(out)]) == 0
        table = pq.read_table(out / "scores.parquet").to_pandas()
        usable = table["status"] != "invalid"
        np.testing.assert_array_equal(table["score"][usable], expected[usable])
        assert table["score"][~usable].isna().all()


def test_whoever_only_reads_is_told_the_command(run):
    with pytest.raises(ScoresError, match=rf"paser score {run.path} ifd"):
        select_from_run(run, Setting.of(run, selector="ifd"))
    with pytest.raises(ScoresError, match=r"--set scores\.model=original"):
        run.scores("ifd", ScoresConfig(model="original"))
    assert not (run.path / "scores").exists()
    assert main(["score", str(run.path), "ifd"]) == 0
    assert select_from_run(run, Setting.of(run, selector="ifd", budget=5)).n_selected == 5


def test_the_app_offers_the_sentence_instead(run, monkeypatch):
    from dashboard.runs import comparisons

    setting = Setting.of(run)
    assert comparisons.missing_scores(run, setting, "random") is None
    assert f"paser score {run.path} ifd" in comparisons.missing_scores(run, setting, "ifd-ppl")
    make_scores(run, "ifd", ScoresConfig())
    assert comparisons.missing_scores(run, setting, "ifd-ppl") is None


def test_a_model_that_is_gone_or_another_one_is_refused(run, tmp_path, capsys):
    gone = dict(run.manifest["models"]["compressed"], name=str(tmp_path / "gone"))
    run.manifest["models"]["compressed"] = gone
    with pytest.raises(ModelError, match=r"no such model folder.*--model"):
        make_scores(run, "ifd", ScoresConfig())
    opened = paser.open(run.path)
    with pytest.raises(RunError, match="not the weights of the run's compressed model"):
        opened.score("ifd", by=run.manifest["models"]["original"]["name"])
    assert not list((run.path / "scores").rglob("scores.parquet"))
    right = SlowReader("compressed")
    with pytest.raises(ModelError, match=r"cannot be told.*Give the folder"):
        opened.score("ifd", by=right.model, tokenizer=right.tokenizer)
    copied = shutil.copytree(right.tokenizer.name_or_path, tmp_path / "moved")
    assert main(["score", str(run.path), "ifd", "--model", str(copied)]) == 0
    assert str(run.path) in capsys.readouterr().out


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_run_that_cannot_be_written_beside_is_one_sentence(run):
    run.path.chmod(0o555)
    try:
        with pytest.raises(RunError, match="Copy the run"):
            make_scores(run, "ifd", ScoresConfig())
    finally:
        run.path.chmod(0o755)


def test_a_file_in_the_way_is_one_sentence(run):
    (run.path / "scores").write_text("mine")
    with pytest.raises(RunError, match="Copy the run"):
        make_scores(run, "ifd", ScoresConfig())


def test_names_and_settings_that_do_not_exist(run, capsys):
    with pytest.raises(ConfigError, match=r"ifdd.*Did you mean 'ifd'"):
        make_scores(run, "ifdd", ScoresConfig())
    assert main(["score", str(run.path), "ifd", "--set", "scores.modell=original"]) == 2
    assert "Did you mean 'model'" in capsys.readouterr().err
    out = ["--out", str(run.path / "nowhere")]
    assert main(["select", str(run.path), "--set", "models.dtype=float32", *out]) == 2
    assert "scores and concepts" in capsys.readouterr().err


def test_a_run_without_models_says_so(run):
    run.manifest.pop("models")
    with pytest.raises(SelectionError, match="has no models"):
        make_scores(run, "ifd", ScoresConfig())


def test_a_damaged_table_is_told(run):
    made = make_scores(run, "ifd", ScoresConfig())
    file = made.folder / "scores.parquet"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(bytes(content))
    with pytest.raises(RunError, match=r"scores\.parquet.*makes them again"):
        run.scores("ifd").column("given")


@pytest.fixture(scope="module")
def processes():
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["killed_scores"])
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(sys.path)
    process = context.Process(target=time.monotonic, daemon=True)
    process.start()
    process.join(120)
    if before is None:
        del os.environ["PYTHONPATH"]
    else:
        os.environ["PYTHONPATH"] = before
    return context


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is a POSIX word")
@pytest.mark.parametrize("name", ["ifd", "nuggets"])
def test_killed_at_random_moments_it_goes_on(run, fifty, tmp_path, processes, name):
    whole = Run.open(shutil.copytree(fifty, tmp_path / "whole"))
    began = time.monotonic()
    expected = make_scores(whole, name, ScoresConfig(anchors=10))
    duration = time.monotonic() - began
    chance, killed = random.Random(4), 0
    for _ in range(8):
        started = processes.Event()
        arguments = (run.path, name, started)
        process = processes.Process(target=killed_scores.work, args=arguments, daemon=True)
        process.start()
        assert started.wait(60)
        process.join(duration * 0.9 * chance.random())
        process.kill()
        process.join(30)
        killed += process.exitcode == -signal.SIGKILL
    assert killed >= 2
    found = make_scores(run, name, ScoresConfig(anchors=10))
    for column in expected.score.columns:
        np.testing.assert_array_equal(found.column(column), expected.column(column))
    # What a kill threw away is in nobody's cost, what was kept is counted once.
    assert (found.cost.passes, found.cost.tokens) == (expected.cost.passes, expected.cost.tokens)
    assert not list(found.folder.rglob("*.npz"))
    assert all(finding.ok for finding in verify(run.path))


def test_live_models_score_their_own_run(tmp_path):
    from tiny_models import byte_tokenizer, tiny_llama

    tokenizer = byte_tokenizer()
    pair = [tiny_llama(seed, len(tokenizer)) for seed in (0, 1)]
    pool = [{"instruction": f"Add {n} and {n}.", "output": f"It is {2 * n}."} for n in range(6)]
    made = paser.run(
        pool,
        out=tmp_path / "run",
        original=pair[0],
        compressed=pair[1],
        tokenizer=tokenizer,
        clustering={"n_clusters": 2},
    )
    with pytest.raises(ModelError, match=r"by=…"):
        made.select(selector="ifd", budget=2)
    with pytest.raises(RunError, match="not the weights"):
        made.score("ifd", by=pair[0], tokenizer=tokenizer)
    with pytest.raises(ConfigError, match="without `tokenizer`"):
        made.score("ifd", by=pair[1])
    scores = made.score("ifd", by=pair[1], tokenizer=tokenizer)
    assert np.isfinite(scores.column("given")).all()
    assert len(made.select(selector="ifd", budget=2)) <= 2
