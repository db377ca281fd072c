"""What does not fit a run is one sentence, and what was finished stays as it was."""

from __future__ import annotations

import dataclasses
import json
import shutil

import numpy as np
import pytest
from pipeline_runs import STAGES, changed, events
from tiny_models import byte_tokenizer
from tiny_run import loaders, write_workspace

from paser_core.errors import DataError, ModelError, RunError, SchemaError
from paser_core.measure import run_pipeline
from paser_core.models.check import check_models
from paser_core.runs import Run, read_manifest


def test_changed_data_is_noticed(tmp_path):
    config = write_workspace(tmp_path, 9, models=False)
    run_pipeline(config, tmp_path / "run", loaders(config))
    pool = tmp_path / "pool.jsonl"
    pool.write_text(pool.read_text().replace("Add", "Sum"))
    with pytest.raises(RunError, match="has changed since"):
        run_pipeline(config, tmp_path / "run", loaders(config))
    assert Run.open(tmp_path / "run").n == 9  # what was finished stays finished


def test_another_file_is_not_called_a_change_of_the_first(tmp_path):
    config = write_workspace(tmp_path, 9, models=False)
    run_pipeline(config, tmp_path / "run", loaders(config))
    (tmp_path / "other.jsonl").write_text(
        (tmp_path / "pool.jsonl").read_text().replace("Add", "Sum")
    )
    data = dataclasses.replace(config.data, path=str(tmp_path / "other.jsonl"))
    with pytest.raises(RunError, match=r"started on .*pool\.jsonl; .*other\.jsonl is other data"):
        run_pipeline(dataclasses.replace(config, data=data), tmp_path / "run", loaders(config))


def test_a_field_that_was_not_set_is_told_in_words(tmp_path):
    config = write_workspace(tmp_path, 9, models=False)
    run_pipeline(config, tmp_path / "run", loaders(config))
    fields = dataclasses.replace(config.data.fields, instruction="instruction")
    data = dataclasses.replace(config.data, fields=fields)
    with pytest.raises(RunError, match="instruction was not set, now 'instruction'"):
        run_pipeline(dataclasses.replace(config, data=data), tmp_path / "run", loaders(config))


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
    for schema in (0, 3, None, "1"):
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


def _vectors(bad, file):
    """Spoil a file of nine vectors."""
    good = np.load(file)
    if bad == "missing":
        file.unlink()
    elif bad == "folder":
        file.unlink()
        file.mkdir()
    elif bad == "text":
        file.write_text("0.1 0.2")
    elif bad == "empty":
        file.write_bytes(b"")
    elif bad == "archive":
        with file.open("wb") as stream:
            np.savez(stream, vectors=good)
    else:
        arrays = {"short": good[:-1], "flat": good[:, 0], "number": np.array(0.5)}
        np.save(file, arrays[bad])


@pytest.mark.parametrize("limit", [None, 9])
@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ("missing", "there is no such file"),
        ("folder", "cannot be read"),
        ("text", "not a .npy array"),
        ("empty", "it is empty"),
        ("archive", "archive of several arrays"),
        ("short", "8 precomputed embeddings for 9 samples"),
        ("flat", r"shape \(9,\)"),
        ("number", r"shape \(\)"),
    ],
)
def test_bad_vectors_are_an_error_that_names_the_file(tmp_path, bad, words, limit):
    config = changed(write_workspace(tmp_path, 9, models=False), data={"limit": limit})
    file = tmp_path / "vectors.npy"
    _vectors(bad, file)
    with pytest.raises(DataError, match=words) as caught:
        run_pipeline(config, tmp_path / "run", loaders(config))
    assert str(caught.value).startswith(f"{file}: ")
    assert "\n" not in str(caught.value)


def test_a_bad_vector_is_named_by_its_sample_whatever_is_invalid_before_it(tmp_path):
    config = write_workspace(tmp_path, 9, models=False)
    pool, file = tmp_path / "pool.jsonl", tmp_path / "vectors.npy"
    rows = [json.loads(line) for line in pool.read_text().splitlines()]
    rows[1]["output"] = ""
    pool.write_text("".join(json.dumps(row) + "\n" for row in rows))
    vectors = np.load(file)
    vectors[1] = np.nan  # of a row that nobody uses
    vectors[5] = np.nan
    np.save(file, vectors)
    with pytest.raises(DataError, match=r"vectors\.npy: .*sample 's005' in row 5"):
        run_pipeline(config, tmp_path / "run", loaders(config))
    vectors[5] = 1
    np.save(file, vectors)
    run = run_pipeline(config, tmp_path / "second", loaders(config))
    assert not run.embeddings[1].any()


def test_a_bad_vector_in_a_column_is_named_by_its_sample(tmp_path):
    config = write_workspace(tmp_path, 9, models=False)
    pool = tmp_path / "pool.jsonl"
    rows = [json.loads(line) for line in pool.read_text().splitlines()]
    for row, vector in zip(rows, np.load(tmp_path / "vectors.npy").tolist(), strict=True):
        row["vector"] = vector
    rows[0]["output"] = ""
    rows[4]["vector"] = [0.0] * 12
    pool.write_text("".join(json.dumps(row) + "\n" for row in rows))
    config = changed(config, embedding={"precomputed": "vector"})
    with pytest.raises(DataError, match=r"pool\.jsonl: .*sample 's004' in row 4"):
        run_pipeline(config, tmp_path / "run", loaders(config))


def test_a_home_folder_that_nobody_has_is_an_error(tmp_path):
    config = write_workspace(tmp_path, 9)
    elsewhere = changed(config, embedding={"precomputed": "~nobody-of-that-name/v.npy"})
    with pytest.raises(DataError, match="no such home folder"):
        run_pipeline(elsewhere, tmp_path / "run", loaders(elsewhere))
    elsewhere = changed(config, models={"original": "~nobody-of-that-name/model"})
    with pytest.raises(ModelError, match="no such home folder"):
        check_models(elsewhere.models, elsewhere.divergence, [])


def _other_tokenizer(folder):
    byte_tokenizer(
        corpus=["wholly other words, many times over, wholly other"] * 3
    ).save_pretrained(folder)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (shutil.rmtree, r"no such model folder.*Did you mean"),
        (lambda folder: (folder / "config.json").unlink(), r"has no config\.json"),
        (lambda folder: (folder / "model.safetensors").unlink(), "has no weights"),
        (lambda folder: (folder / "tokenizer.json").unlink(), "has no tokenizer"),
        (_other_tokenizer, "tokenizers of the two models disagree"),
    ],
)
def test_models_that_cannot_be_used_are_an_error_before_the_first_stage(tmp_path, spoil, words):
    config = write_workspace(tmp_path, 9)
    shutil.copytree(tmp_path / "compressed", tmp_path / "compresed")  # a name to be near to
    kept = shutil.copytree(tmp_path / "compressed", tmp_path / "kept")
    spoil(tmp_path / "compressed")
    checked = loaders(config)
    with pytest.raises(ModelError, match=words):
        run_pipeline(config, tmp_path / "run", checked)
    assert events(tmp_path / "run", "stage_started") == []

    # Put right, in the same folder.
    shutil.rmtree(tmp_path / "compressed", ignore_errors=True)
    kept.rename(tmp_path / "compressed")
    run_pipeline(config, tmp_path / "run", checked)
    assert events(tmp_path / "run", "stage_finished") == STAGES


def test_models_that_have_done_their_work_are_not_looked_for(workspace, finished, tmp_path):
    _, config = workspace
    copy = tmp_path / "run"
    shutil.copytree(finished.path, copy)
    (copy / "samples.parquet").unlink()  # made again, without the models
    asked = []
    checked = dataclasses.replace(loaders(config), check=lambda *_: asked.append("check"))
    run_pipeline(config, copy, checked)
    assert asked == []
