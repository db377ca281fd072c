"""A run made from a finished one: only what the config changes is made again."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from tiny_run import loaders, write_workspace

from paser_core.cli import main
from paser_core.config import dump_config
from paser_core.errors import RunError
from paser_core.measure import run_pipeline
from paser_core.measure.derive import take_over
from paser_core.runs import Run


def stages(run, event):
    lines = [json.loads(line) for line in (run / "events.jsonl").read_text().splitlines()]
    return [line["stage"] for line in lines if line["event"] == event]


def test_a_cluster_is_split_without_measuring_anything_again(tmp_path, capsys):
    config = write_workspace(tmp_path, 9)
    run_pipeline(config, tmp_path / "run", loaders(config))
    (tmp_path / "split.yaml").write_text(dump_config(config))
    command = ["run", str(tmp_path / "split.yaml"), "--from", str(tmp_path / "run")]
    command += ["--set", "clustering.split=[0]", "--out", str(tmp_path / "split")]
    assert main(command) == 0
    assert stages(tmp_path / "split", "stage_started") == ["clustering", "summary"]
    before, after = Run.open(tmp_path / "run"), Run.open(tmp_path / "split")
    assert after.n_clusters == before.n_clusters + 1
    others = before.labels > 0
    np.testing.assert_array_equal(after.labels[others], before.labels[others])
    assert set(after.labels[before.labels == 0]) == {0, before.n_clusters}
    np.testing.assert_array_equal(after.divergence_at(1.0), before.divergence_at(1.0))
    assert after.fingerprint != before.fingerprint
    assert after.config.clustering.split == (0,)
    # The other run is as it was, and the same command finds everything done.
    assert before.config.clustering.split == ()
    assert main(command) == 0


def test_a_folder_with_something_else_is_left_alone(tmp_path):
    config = write_workspace(tmp_path, 9, models=False)
    run_pipeline(config, tmp_path / "run", loaders(config))
    other = tmp_path / "other"
    other.mkdir()
    (other / "notes.txt").write_text("mine")
    take_over(tmp_path / "run", other)
    with pytest.raises(RunError, match="holds no run"):
        run_pipeline(config, other, loaders(config))
    assert [p.name for p in other.iterdir() if p.name != ".lock"] == ["notes.txt"]
    with pytest.raises(RunError):
        take_over(tmp_path / "nowhere", tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_split_that_cannot_be_made_is_one_sentence(tmp_path, capsys):
    config = write_workspace(tmp_path, 9, models=False)
    wrong = replace(config, clustering=replace(config.clustering, split=(40,)))
    (tmp_path / "run.yaml").write_text(dump_config(wrong))
    assert main(["run", str(tmp_path / "run.yaml"), "--out", str(tmp_path / "run")]) == 2
    assert "cluster 40" in capsys.readouterr().err
