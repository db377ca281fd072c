"""What README and docs show of the front door runs as it stands there."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def workplace(tmp_path, monkeypatch):
    """A folder with the demo, and the demo's run as the finished one that the docs make."""
    (tmp_path / "data").symlink_to(ROOT / "data")
    ignored = shutil.ignore_patterns("review*", ".lock")
    shutil.copytree(ROOT / "data" / "demo" / "run", tmp_path / "runs" / "mine", ignore=ignored)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def blocks(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    return re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("page", ["README.md", "docs/python.md"])
def test_the_code_of_a_page_runs(page, workplace, capsys):
    found = blocks(page)
    assert found
    names = {}
    for block in found:
        exec(compile(block, page, "exec"), names)
    assert len(names["sel"]) == 836
    assert (workplace / "exports" / "mine" / "train.jsonl").exists()
    assert "paser serve" in capsys.readouterr().out


def test_the_notebook_runs(monkeypatch):
    why = "is not installed; `make test` installs it (requirements-dev.txt)"
    nbformat = pytest.importorskip("nbformat", reason=f"nbformat {why}")
    nbclient = pytest.importorskip("nbclient", reason=f"nbclient {why}")
    pytest.importorskip("ipykernel", reason=f"ipykernel {why}")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
    notebook = nbformat.read(ROOT / "docs" / "notebook.ipynb", as_version=4)
    client = nbclient.NotebookClient(
        notebook, timeout=120, resources={"metadata": {"path": str(ROOT)}}
    )
    client.execute()
    shown = [out for cell in notebook.cells for out in cell.get("outputs", [])]
    (picture,) = (o for o in shown if "<iframe" in o.get("data", {}).get("text/html", ""))
    assert "The map" in picture["data"]["text/html"]
    assert "&lt;svg" in picture["data"]["text/html"]
