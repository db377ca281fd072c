from __future__ import annotations

from pathlib import Path

from paser_core.cli import main

FOLDER = Path(__file__).parent / "22-yaml-section-twice"


def test_a_section_given_twice_is_an_error_that_names_the_line(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(FOLDER)
    assert main(["run", "run.yaml", "--out", str(tmp_path / "run")]) == 2
    said = capsys.readouterr().err
    assert "run.yaml:4: selection is given a second time; the first is in line 2" in said
    assert not (tmp_path / "run").exists()
