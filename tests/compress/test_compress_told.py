"""What ``paser compress`` says of what was asked for and did not happen, and by which name."""

from __future__ import annotations

import json
import os
import signal

import pytest
import torch
from family_models import plainly, write_family, write_pool

import paser_core as paser
from paser_core.cli import main
from paser_core.compress.calibration import check_length, read_calibration
from paser_core.compress.settings import CalibrationConfig
from paser_core.config import DataConfig, DivergenceConfig, ModelsConfig
from paser_core.errors import ConfigError
from paser_core.evaluate.settings import EvaluateConfig
from paser_core.models.loading import load_model_config, load_tokenizer
from paser_core.recover.settings import RecoverConfig
from paser_core.recover.students import Compression


@pytest.mark.parametrize("method", ["magnitude", "wanda"])
def test_fewer_zeros_than_there_are_is_told_with_both_counts(method, families, pool, tmp_path):
    half = paser.compress(families["llama"], "magnitude", tmp_path / "half", sparsity=0.5)
    zeros = half.record["counted"]["zeros"]
    calibration = {"path": pool, "rows": 8} if method == "wanda" else None
    again = paser.compress(
        half.path, method, tmp_path / method, sparsity=0.2, calibration=calibration
    )
    (told,) = [text for text in again.warnings if text.startswith("Nothing was removed")]
    linear = half.record["counted"]["linear"]
    assert (
        f"{zeros:,} of {linear:,} weights of linear layers were zero before, {zeros:,} of" in told
    )
    both = (plainly(made.path).parameters() for made in (half, again))
    assert all(torch.equal(one, other) for one, other in zip(*both, strict=True))
    more = paser.compress(half.path, "magnitude", tmp_path / "more", sparsity=0.7)
    assert not any("Nothing was removed" in text for text in (*more.warnings, *half.warnings))


def test_nothing_is_dropped_by_a_ratio_of_nothing(families, pool, tmp_path):
    calibration = {"path": pool, "rows": 8}
    made = paser.compress(
        families["mistral"], "slicegpt", tmp_path / "out", ratio=0, calibration=calibration
    )
    assert any("Nothing was removed" in text for text in made.warnings)


def test_the_command_says_zeros_before_and_after(families, tmp_path, capsys):
    half = tmp_path / "half"
    paser.compress(families["llama"], "magnitude", half, sparsity=0.5)
    options = ["--method", "magnitude", "--sparsity", "0.75", "--out", str(tmp_path / "out")]
    assert main(["compress", str(half), *options]) == 0
    said = capsys.readouterr().out
    before, after = (
        json.loads((tmp_path / "out" / "compression.json").read_text())[name]["zeros"]
        for name in ("before", "counted")
    )
    assert f"{before:,} of" in said
    assert f"were zero before, {after:,} of" in said


def test_the_original_is_found_from_any_folder_and_after_both_were_moved(tmp_path, monkeypatch):
    place = tmp_path / "place"
    write_family("llama", place / "models" / "original")
    monkeypatch.chdir(place)
    made = paser.compress("models/original", "magnitude", "models/small")
    assert made.record["original"]["name"] == "models/original"
    assert Compression.of("models/small").original == "models/original"  # as it was called
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    small = place / "models" / "small"
    assert Compression.of(str(small)).original == str(place / "models" / "original")
    # What lies here under that name is not taken for it, unless it has the recorded weights.
    write_family("gpt2", tmp_path / "elsewhere" / "models" / "original")
    assert Compression.of(str(small)).original == str(place / "models" / "original")
    monkeypatch.chdir(tmp_path)
    place.rename(tmp_path / "moved")
    moved = tmp_path / "moved" / "models"
    assert Compression.of(str(moved / "small")).original == str(moved / "original")
    # An older record, or one that was copied alone, has the name only.
    (moved / "small").rename(tmp_path / "alone")
    assert Compression.of(str(tmp_path / "alone")).original == "models/original"


def test_text_that_is_named_for_a_method_that_reads_none_is_told(families, tmp_path, capsys):
    out = tmp_path / "out"
    options = ["--calibration", "nowhere.jsonl", "--rows", "9", "--out", str(out)]
    assert main(["compress", str(families["llama"]), "--method", "magnitude", *options]) == 0
    said = capsys.readouterr().out
    assert "magnitude reads no text" in said
    assert "calibration.path and calibration.rows" in said


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--sparsity", "2"], ["--sparsity 2: sparsity is '2'"]),
        (["--rows", "0"], ["--rows 0: calibration.rows is 0"]),
        (["--set", "calibration.rows=0"], ["--set calibration.rows=0: calibration.rows is 0"]),
        (["--template", "chatt"], ["--template chatt: ", "'chat'"]),
        (["--device", "gpu"], ["--device gpu: loading.device"]),
        (["--bits", "4"], ["--bits 4: 'bits' is no setting of wanda. It is one of rtn and gptq."]),
        (["--set", "rows=8"], ["'rows' is no setting of wanda", "set calibration.rows"]),
        (["--set", "dtype=float16"], ["set loading.dtype"]),
        (["--set", "limit=8"], ["set data.limit"]),
        (["--set", "sparsty=0.5"], ["Did you mean 'sparsity'?"]),
        (["--rows", "8", "--set", "calibration.rows=9"], ["given twice", "--rows 8"]),
        (["--calibration", ""], ["--calibration '': calibration.path is ''"]),
        (["--out", ""], ["--out '': out is ''; accepted: the path of a folder"]),
    ],
)
def test_a_message_begins_with_what_was_typed(
    options, words, families, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    command = ["compress", str(families["llama"]), "--method", "wanda", "--out", "out", *options]
    assert main(command) == 2
    said = capsys.readouterr().err
    assert [word for word in words if word not in said] == []
    assert not list(tmp_path.iterdir())


def test_an_empty_name_is_not_the_folder_one_happens_to_be_in(families, tmp_path, monkeypatch):
    monkeypatch.chdir(families["llama"])
    for model in ("", " ", "\0"):
        with pytest.raises(
            ConfigError, match=r"model is .*; accepted: the path of a folder or a hub"
        ):
            paser.compress(model, "magnitude", tmp_path / "out")
    assert not list(tmp_path.iterdir())


def test_words_go_with_their_number(families, tmp_path):
    tokenizer = load_tokenizer(str(families["llama"]))
    config = load_model_config(str(families["llama"]))

    def told(n, **more):
        settings = CalibrationConfig(path=str(write_pool(tmp_path / f"{n}.jsonl", n)), **more)
        read = read_calibration(settings, DataConfig(), tokenizer, config)
        with pytest.raises(ConfigError) as caught:
            check_length(read, 10**6, "wanda")
        return " ".join(notice.text for notice in read.notices), str(caught.value)

    notices, short = told(1, max_length=8)
    assert "1 of the 128 calibration rows asked for was there; it was read." in notices
    assert "1 of 1 calibration row is longer than what is read of it and lost its end." in notices
    assert "8 tokens in 1 row;" in short
    notices, short = told(2, max_length=8)
    assert "2 of the 128 calibration rows asked for were there; all were read." in notices
    assert (
        "2 of 2 calibration rows are longer than what is read of them and lost their end."
        in notices
    )
    assert "in 2 rows;" in short


def test_a_date_that_is_none_is_refused_by_the_name_of_its_field():
    for make, field in (
        (RecoverConfig, "date"),
        (EvaluateConfig, "date"),
        (CalibrationConfig, "calibration.date"),
        (ModelsConfig, "models.date"),
    ):
        with pytest.raises(
            ConfigError, match=rf"^{field} is '31\.1\.2025'; write a date as 2025-01-31"
        ):
            make(date="31.1.2025")


def test_a_number_that_is_not_finite_and_a_bound_that_is_whole():
    with pytest.raises(ConfigError, match=r"^lr is inf; it must be a finite number, at least 0\.$"):
        RecoverConfig(lr=float("inf"))
    with pytest.raises(ConfigError, match=r"^lr is -1\.0; it must be at least 0\.$"):
        RecoverConfig(lr=-1)
    with pytest.raises(ConfigError, match=r"between 0 and 0\.9\.$"):
        RecoverConfig(dropout=float("nan"))
    with pytest.raises(ConfigError, match=r"max_length is 2; it must be at least 8\.$"):
        DivergenceConfig(max_length=2)


def test_an_interrupt_says_that_nothing_was_kept(families, tmp_path, capsys, monkeypatch):
    from paser_core.cli import compress as cli

    class Pressing(cli.Bar):
        """Control-C where the weights are about to be written."""

        def __call__(self, event):
            if event["event"] == "stage_started" and event["stage"] == "write":
                os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(cli, "Bar", Pressing)
    out = tmp_path / "out"
    command = ["compress", str(families["llama"]), "--method", "magnitude", "--out", str(out)]
    assert main(command) == 130
    assert "nothing was kept; the same command begins anew" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
