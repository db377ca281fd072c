"""The Export page: what goes into the folder, and that no folder outlives its use."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile

import pytest
from app_page import DEMO, ROOT, lines_of, open_at

from dashboard.state import session

PARTS = "export-parts"


@pytest.fixture
def places(monkeypatch, tmp_path):
    """Where temporary folders are made; the exports among them."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return lambda: sorted(tmp_path.glob("paser-export-*"))


@pytest.fixture
def app(monkeypatch, places):
    return open_at("export", monkeypatch, DEMO)


def build(app):
    next(button for button in app.button if button.label == "Build export").click()
    app.run()
    assert not app.exception
    assert not app.error
    return {name for name, _ in lines_of(app, "Files of the export")}


def test_everything_is_in_it_until_a_part_is_taken_out(app, places):
    everything = build(app)
    assert {"scores.parquet", "rejected.jsonl", "axolotl.yaml"} <= everything
    assert len(app.success) == 4

    app.button_group(key=PARTS).set_value(["scores"]).run()
    assert not app.success  # what was built is not what is chosen now
    assert any("choices on this page" in info.value for info in app.info)
    gone = {"rejected.jsonl", "dataset_info.json", "axolotl.yaml"}
    assert build(app) == everything - gone
    assert len(app.success) == 3
    (folder,) = (path for place in places() for path in place.iterdir())
    assert {path.name for path in folder.iterdir()} == everything - gone
    manifest = json.loads((folder / "manifest.json").read_text())
    assert set(manifest["files"]) == everything - gone - {"manifest.json"}


def test_without_the_scores_the_page_says_what_stays(app, places):
    app.button_group(key=PARTS).set_value(["rejected", "trainers"]).run()
    assert any("status, rank and cluster" in caption.value for caption in app.caption)
    assert "scores.parquet" in build(app)


def test_a_new_export_takes_the_place_of_the_one_before(app, places):
    build(app)
    (first,) = places()
    before = next(first.iterdir())
    # Compare looks at it, and goes on with the new one.
    app.session_state[session.KEY_OTHER_EXPORT] = str(before)
    app.slider(key="budget").set_value(300).run()
    build(app)
    (second,) = places()
    assert second != first
    assert app.session_state[session.KEY_OTHER_EXPORT] == str(next(second.iterdir()))
    app.session_state[session.KEY_OTHER_EXPORT] = "exports/mine"
    app.slider(key="budget").set_value(400).run()
    build(app)
    assert len(places()) == 1
    assert app.session_state[session.KEY_OTHER_EXPORT] == "exports/mine"


def test_a_build_that_fails_leaves_no_folder_and_keeps_the_one_before(app, places, monkeypatch):
    build(app)
    kept = places()
    app.slider(key="budget").set_value(300).run()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    next(button for button in app.button if button.label == "Build export").click()
    app.run()
    assert "No space left" in app.error[0].value
    assert places() == kept


SESSION = """
import sys, tempfile
from pathlib import Path
tempfile.tempdir = sys.argv[1]
from dashboard.state import pending
from paser_core.workspace.staging import DOWNLOADS, Staging
place = Staging(Path(sys.argv[1]), DOWNLOADS)
folder = place.path / "demo-3"
folder.mkdir()
(folder / "train.jsonl").write_text("{}")
pending.remember_export(pending.PreparedExport((), str(folder), (), (), (), place))
print(folder.is_dir())
"""


def test_the_last_export_goes_with_the_process(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", SESSION, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["True"]
    assert not list(tmp_path.glob("paser-export-*"))


def test_the_list_of_files_can_be_taken_along(app):
    build(app)
    app.session_state["download-Files of the export-small"] = True
    app.run()
    assert not app.exception
    offered = {button.proto.label for button in app.get("download_button")}
    assert {"CSV", "Excel (xlsx)", "Parquet"} <= offered
