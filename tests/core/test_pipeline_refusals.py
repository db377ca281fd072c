"""What does not fit a run is one sentence, and what was finished stays as it was."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
from pipeline_runs import changed
from tiny_run import contents, loaders, write_workspace

from paser_core.errors import DataError, RunError, SchemaError
from paser_core.pipeline import run_pipeline
from paser_core.run import Run, read_manifest


def test_another_config_is_refused_by_field(workspace, finished, tmp_path):
    _, config = workspace
    before = contents(finished.path)
    for section, fields, words in (
        ("seed", 5, ["seed was 0, now 5"]),
        ("clustering", {"k_max": 2}, ["clustering.k_max was 3, now 2"]),
        ("manifold", {"n_neighbors": 3, "n_components": 2}, ["n_neighbors", "n_components"]),
        ("models", {"original": None, "compressed": None}, ["models.original", "--out"]),
    ):
        with pytest.raises(RunError) as caught:
            run_pipeline(changed(config, **{section: fields}), finished.path, loaders(config))
        for word in words:
            assert word in str(caught.value)
    assert contents(finished.path) == before
    assert Run.open(finished.path).fingerprint == finished.fingerprint


def test_changed_data_is_noticed(tmp_path):
    config = write_workspace(tmp_path, 9, models=False)
    run_pipeline(config, tmp_path / "run", loaders(config))
    pool = tmp_path / "pool.jsonl"
    pool.write_text(pool.read_text().replace("Add", "Sum"))
    with pytest.raises(RunError, match="has changed since"):
        run_pipeline(config, tmp_path / "run", loaders(config))
    assert Run.open(tmp_path / "run").n == 9  # what was finished stays finished


def test_changed_weights_are_noticed(tmp_path):
    config = write_workspace(tmp_path, 9)
    run_pipeline(config, tmp_path / "run", loaders(config))
    shutil.rmtree(tmp_path / "compressed")
    run_pipeline(config, tmp_path / "run", loaders(config))  # not there: nothing to say
    shutil.copytree(tmp_path / "original", tmp_path / "compressed")
    with pytest.raises(RunError, match=r"weights of models\.compressed"):
        run_pipeline(config, tmp_path / "run", loaders(config))


def test_a_run_of_another_schema_is_refused(workspace, finished, tmp_path):
    _, config = workspace
    for schema in (0, 2, None, "1"):
        copy = tmp_path / str(schema)
        shutil.copytree(finished.path, copy)
        manifest = read_manifest(copy) | {"schema": schema}
        (copy / "manifest.json").write_text(json.dumps(manifest))
        for use in (
            lambda c=copy: Run.open(c),
            lambda c=copy: run_pipeline(config, c, loaders(config)),
        ):
            with pytest.raises(SchemaError, match="schema"):
                use()


def test_a_strangers_folder_is_left_alone(workspace, tmp_path):
    _, config = workspace
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(RunError, match=r"thesis\.tex"):
        run_pipeline(config, tmp_path, loaders(config))
    assert (tmp_path / "thesis.tex").read_text() == "years of work"


def test_a_place_that_cannot_be_written_is_an_error(workspace, tmp_path):
    _, config = workspace
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="cannot be written"):
        run_pipeline(config, tmp_path / "file" / "run", loaders(config))


def test_too_few_rows_are_an_error_that_names_the_first_problem(tmp_path):
    config = write_workspace(tmp_path, 3, models=False)
    pool = tmp_path / "pool.jsonl"
    rows = [json.loads(line) for line in pool.read_text().splitlines()]
    rows[0]["output"] = ""
    pool.write_text("".join(json.dumps(r) + "\n" for r in rows))
    with pytest.raises(DataError, match=r"2 of 3 rows.*output is empty"):
        run_pipeline(config, tmp_path / "run", loaders(config))
    manifest = read_manifest(tmp_path / "run")
    assert manifest["state"] == "failed"
    assert "2 of 3" in manifest["error"]


@pytest.mark.parametrize("bad", ["missing", "text", "short"])
def test_bad_vectors_are_an_error(tmp_path, bad):
    config = write_workspace(tmp_path, 9, models=False)
    file = tmp_path / "vectors.npy"
    if bad == "missing":
        file.unlink()
    elif bad == "text":
        file.write_text("0.1 0.2")
    else:
        np.save(file, np.load(file)[:-1])
    with pytest.raises(DataError):
        run_pipeline(config, tmp_path / "run", loaders(config))
