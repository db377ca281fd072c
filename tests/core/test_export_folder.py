"""The place of an export: what is replaced, what is never removed, and what does not stay behind."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from paser_core.errors import ExportError
from paser_core.export import ExportConfig, ExportFormat, write_export
from paser_core.selection import Setting
from paser_core.selection.of_run import select_from_run

KNOBS = Setting(budget=4)


@pytest.fixture(scope="module")
def selection(finished):
    return select_from_run(finished, KNOBS)


def test_what_a_trainer_wrote_into_an_export_is_not_removed(finished, selection, tmp_path):
    out = tmp_path / "out"
    write_export(finished, selection, KNOBS, out)
    (out / "trainer_output").mkdir()
    adapter = out / "trainer_output" / "adapter.safetensors"
    adapter.write_bytes(b"hours of training")
    with pytest.raises(ExportError, match=r"holds trainer_output, which no export wrote"):
        write_export(finished, selection, KNOBS, out, ExportConfig(ExportFormat.MESSAGES))
    assert adapter.read_bytes() == b"hours of training"
    (out / "trainer_output").rename(tmp_path / "elsewhere")
    write_export(finished, selection, KNOBS, out, ExportConfig(ExportFormat.MESSAGES))
    assert (out / "trl_sft.yaml").exists()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["elsewhere", "out"]  # nothing left aside


def test_an_empty_folder_is_filled_even_as_the_current_one(
    finished, selection, tmp_path, monkeypatch
):
    out = tmp_path / "out"
    out.mkdir()
    monkeypatch.chdir(out)
    summary = write_export(finished, selection, KNOBS, Path())
    assert summary.folder == out
    assert (out / "train.jsonl").exists()


def test_an_export_does_not_turn_the_hub_off_for_what_comes_later(
    finished, selection, tmp_path, monkeypatch
):
    from huggingface_hub import constants

    for name in ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    before = constants.HF_HUB_OFFLINE
    write_export(finished, selection, KNOBS, tmp_path / "out")
    assert "HF_HUB_OFFLINE" not in os.environ
    assert "HF_DATASETS_OFFLINE" not in os.environ
    assert constants.HF_HUB_OFFLINE is before
