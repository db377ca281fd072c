"""The pages for assistants: the index is what its script writes, and what they name is there."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

from paser_core.cli.entry import parser

ROOT = Path(__file__).resolve().parents[2]
AGENTS = (ROOT / "AGENTS.md").read_text(encoding="utf-8")


@pytest.fixture
def script(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    return importlib.import_module("llms_txt")


def test_the_index_is_current_and_has_every_page(script):
    text = script.PAGE.read_text(encoding="utf-8")
    assert text == script.page(), "run: python scripts/llms_txt.py"
    linked = dict(re.findall(r"^- \[.+\]\((.+?)\): (.+)$", text, re.MULTILINE))
    assert {f"{file.name}" for file in (ROOT / "docs").glob("*.md")} <= {*linked}
    for name in linked:
        assert (ROOT / "docs" / name).is_file(), name


def test_a_page_without_a_line_is_an_error(script, tmp_path, monkeypatch):
    (tmp_path / "new.md").write_text("# New\n", encoding="utf-8")
    monkeypatch.setattr(script, "DOCS", tmp_path)
    with pytest.raises(SystemExit, match=r"new\.md"):
        script.page()


def test_what_the_page_for_assistants_names_is_there():
    paths = re.findall(r"`((?:[\w.]+/)+[\w.]*|[\w.]+\.(?:md|toml|py))`", AGENTS)
    paths += re.findall(r"\]\(([\w./]+)\)", AGENTS)
    assert len(paths) > 20
    for path in paths:
        assert (ROOT / path).exists(), path


def test_the_commands_it_shows_are_understood():
    shown = [line for line in AGENTS.splitlines() if line.startswith("paser ")]
    assert len(shown) > 3
    for line in shown:
        assert parser().parse_args(line.partition("#")[0].split()[1:]).command


def test_the_code_it_shows_runs(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    (block,) = re.findall(r"^```python\n(.*?)^```", AGENTS, re.DOTALL | re.MULTILINE)
    exec(compile(block, "AGENTS.md", "exec"), {})
    assert "last to get there" in capsys.readouterr().out
