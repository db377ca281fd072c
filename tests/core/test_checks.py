"""What is said of data, vectors and models before a run starts."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from paser_core.config import DataConfig, DivergenceConfig
from paser_core.measure import checks
from paser_core.measure.checks import Verdict, check_pair
from paser_core.records import preview

MODELS = Path(__file__).parents[2] / "data" / "demo" / "models"

# --- data and vectors ---


def test_every_row_is_checked_and_the_bad_ones_are_named(tmp_path):
    rows = [{"id": f"r{i}", "instruction": f"ask {i}", "output": f"say {i}"} for i in range(200)]
    rows[50]["output"] = ""
    rows[150]["instruction"] = None
    rows[160]["id"] = "r3"
    file = tmp_path / "pool.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    check = checks.check_data(DataConfig(path=str(file)))
    assert (check.rows, check.valid, check.error) == (200, 198, None)
    assert [problem.id for problem in check.problems] == ["r50", "r150"]
    assert "line 51" in check.problems[0].problem
    assert "line 151" in check.problems[1].problem
    assert any("is read as the id, and 1 of 200 rows repeat" in note for note in check.notes)


def test_data_that_cannot_be_read_is_one_sentence(tmp_path):
    file = tmp_path / "pool.jsonl"
    file.write_text('{"instruction": "a", "output": "b"}\n{oops\n')
    check = checks.check_data(DataConfig(path=str(file)))
    assert check.rows == 0
    assert f"{file}:2" in check.error


def test_columns_of_vectors_are_found_and_checked(tmp_path):
    table = pa.table(
        {
            "instruction": ["a", "b", "c"],
            "output": ["x", "y", "z"],
            "vector": [[0.5, 1.0], [1.0, 0.0], [0.0, 2.0]],
            "ragged": [[0.5, 1.0], [1.0], [0.0, 2.0]],
            "flags": [[True, False]] * 3,
            "words": [["a"], ["b"], ["c"]],
            "number": [1.0, 2.0, 3.0],
        }
    )
    file = tmp_path / "pool.parquet"
    pq.write_table(table, file)
    config = DataConfig(path=str(file))
    assert checks.vector_columns(preview(config)) == ("vector",)
    good = checks.check_vector_column(config, "vector")
    assert good.verdict is Verdict.GOOD
    assert "3 vectors of 2 numbers" in good.sentence
    assert checks.check_vector_column(config, "ragged").verdict is Verdict.BAD


def test_a_file_of_vectors_is_measured_without_being_run(tmp_path):
    def said(array, rows=3, name="v.npy"):
        np.save(tmp_path / name, array, allow_pickle=True)
        return checks.check_vectors(str(tmp_path / name), rows)

    assert said(np.zeros((3, 5))).verdict is Verdict.GOOD
    assert said(np.zeros((3, 5)), None).verdict is Verdict.GOOD
    assert "has 4 rows and the data 3" in said(np.zeros((4, 5))).sentence
    assert said(np.zeros(3)).verdict is Verdict.BAD
    assert said(np.array([{"a": 1}], object)).verdict is Verdict.BAD  # needs pickle: never read
    assert checks.check_vectors(str(tmp_path / "gone.npy"), 3).verdict is Verdict.BAD
    assert checks.check_vectors(str(tmp_path / "v.pkl"), 3).verdict is Verdict.BAD
    (tmp_path / "text.npy").write_text("no array")
    assert checks.check_vectors(str(tmp_path / "text.npy"), 3).verdict is Verdict.BAD


# --- models ---


def test_a_model_is_described_by_its_config():
    said = checks.check_model(str(MODELS / "original"))
    config = json.loads((MODELS / "original" / "config.json").read_text())
    assert said.verdict is Verdict.GOOD
    assert said.sentence.startswith("llama")
    assert f"{config['vocab_size']:,}" in said.sentence


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, "no config.json"),
        ({"adapter_config.json": "{}"}, "adapter"),
        ({"config.json": "{}"}, "no weights"),
        ({"config.json": "{"}, "cannot be read"),
        ({"config.json": "[]"}, "cannot be read"),
    ],
)
def test_a_folder_that_is_no_model_says_why(tmp_path, files, words):
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    said = checks.check_model(str(tmp_path))
    assert said.verdict is Verdict.BAD
    assert words in said.sentence


def test_a_slip_in_a_path_is_bad_and_a_hub_name_is_not_known(tmp_path):
    assert "'original'" in checks.check_model(str(MODELS / "orignal")).sentence
    assert checks.check_model("owner/model").verdict is Verdict.UNKNOWN
    assert checks.check_encoder("owner/model").verdict is Verdict.UNKNOWN
    assert checks.check_encoder(str(tmp_path)).verdict is Verdict.BAD
    (tmp_path / "modules.json").write_text("[]")
    assert checks.check_encoder(str(tmp_path)).verdict is Verdict.GOOD


def test_models_are_looked_at_with_the_data(workspace, tmp_path):
    _, config = workspace
    rows = [{"instruction": "Say it. " * n, "output": "It is said."} for n in range(1, 30)]
    pool = tmp_path / "pool.jsonl"
    pool.write_text("".join(json.dumps(row) + "\n" for row in rows))
    data = DataConfig(path=str(pool))
    found = check_pair(config.models, DivergenceConfig(max_length=160), data)
    assert found.error is None
    assert found.samples == found.of == found.counts.sum() == 29
    beyond = found.counts[found.edges[:-1] >= 159.5].sum()
    assert 0 < found.lost == beyond < 29
    assert "prompts-too-long" in {notice.code for notice in found.notices}
    chat = dataclasses.replace(config.models, template="chat")
    assert "no chat template" in check_pair(chat, DivergenceConfig(), data).error
