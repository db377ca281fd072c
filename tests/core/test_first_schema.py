"""A run folder that version 0.1.0 made (nine samples, ``schema1``) opens, and `paser run` upgrades it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from pipeline_runs import STAGES, changed, events
from tiny_run import assert_same_run, contents, loaders, write_workspace

from paser_core.cli import main
from paser_core.config import dump_config
from paser_core.errors import RunError
from paser_core.measure import run_pipeline
from paser_core.review import Review
from paser_core.runs import Run, read_manifest

MADE = Path(__file__).with_name("schema1")


@pytest.fixture
def old(tmp_path):
    return shutil.copytree(MADE, tmp_path / "old")


@pytest.fixture
def config(tmp_path):
    """The config of the run that the folder holds, with data and models where they are now."""
    return write_workspace(tmp_path, 9)


def test_it_opens_and_answers(old, tmp_path, capsys):
    run = Run.open(old)
    assert (run.manifest["schema"], run.n, run.has_models) == (1, 9, True)
    run.check_content()
    for row in range(run.n):
        assert run.sample(row).id == f"s{row:03d}"
        assert len(run.token_divergence(row).bits) == run.samples["response_tokens"][row]
    assert run.places.min() >= 0  # not stored then
    assert run.originals is None
    np.testing.assert_allclose(run.divergence_at(1.0), run.samples["divergence"], atol=1e-6)
    out = str(tmp_path / "out")
    assert main(["verify", str(old)]) == 0
    assert main(["select", str(old), "--budget", "4", "--out", out]) == 0
    assert len((tmp_path / "out" / "train.jsonl").read_text().splitlines()) == 4
    assert main(["report", str(old), "--budget", "4", "--out", str(tmp_path / "r.html")]) == 0
    capsys.readouterr()


def test_the_same_config_leaves_it_as_it_is(old, config):
    before = contents(old)
    run = run_pipeline(config, old, loaders(config))
    assert run.manifest["schema"] == 1
    assert contents(old) == before
    assert events(old, "stage_started") == []


def test_a_changed_option_upgrades_it_and_keeps_what_people_decided(old, config, tmp_path):
    run = Run.open(old)
    Review.of(run).force_in("s003", author="Ann", reason="rare", seen=0)
    other = changed(config, clustering={"k_max": 2})
    run = run_pipeline(other, old, loaders(other))
    assert run.manifest["schema"] == 2
    assert events(old, "stage_finished") == STAGES
    assert Review.of(run).state().forced_in == ("s003",)
    run_pipeline(other, tmp_path / "fresh", loaders(other))
    (old / "review.sqlite").unlink()
    assert_same_run(old, tmp_path / "fresh")


def test_the_command_that_is_named_repairs_it(old, config, tmp_path, capsys):
    (old / "embeddings.npy").write_bytes(b"")
    with pytest.raises(RunError, match="`paser run` with the same config and --out"):
        Run.open(old)
    (tmp_path / "run.yaml").write_text(dump_config(config))
    assert main(["run", str(tmp_path / "run.yaml"), "--out", str(old)]) == 0
    assert read_manifest(old)["schema"] == 2
    capsys.readouterr()


def test_it_is_bound_to_its_data_and_models(old, config, tmp_path):
    shutil.copytree(tmp_path / "original", tmp_path / "other")
    for sections, words in (
        ({"data": {"limit": 5}}, r"data\.limit"),
        ({"models": {"compressed": str(tmp_path / "other")}}, r"models\.compressed"),
    ):
        other = changed(config, **sections)
        with pytest.raises(RunError, match=words):
            run_pipeline(other, old, loaders(other))
    assert json.loads((old / "manifest.json").read_text())["schema"] == 1
