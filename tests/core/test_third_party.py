"""A selector of a package, with the very example of CONTRIBUTING.md: found everywhere, without network."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

from paser_core.config import of_count
from paser_core.registry import SELECTORS, Registry
from paser_core.runs import Run
from paser_core.selection import Setting

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "data" / "demo" / "run"


@pytest.fixture(scope="module")
def package(tmp_path_factory) -> Path:
    """What ``pip install`` would leave: the module, and the metadata that names its entry points."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    module = re.search(r'```python\n("""paser_shortest.*?)```', text, re.DOTALL)
    settings = re.search(r"```toml\n(.*?)```", text, re.DOTALL)
    assert module
    assert settings
    project = tomllib.loads(settings[1])["project"]
    folder = tmp_path_factory.mktemp("site")
    (name,) = tomllib.loads(settings[1])["tool"]["setuptools"]["py-modules"]
    (folder / f"{name}.py").write_text(module[1], encoding="utf-8")
    info = folder / f"{name}-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    lines = []
    for group, points in project["entry-points"].items():
        lines += [f"[{group}]", *(f"{name} = {value}" for name, value in points.items())]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
    return folder


@pytest.fixture(scope="module")
def shortest() -> list[str]:
    """The hundred shortest responses of the demo, by id."""
    run = Run.open(DEMO)
    lengths = np.array([len(text) for text in run.samples["output"]])
    able = np.flatnonzero(run.valid & (run.labels >= 0))
    return [run.ids[row] for row in able[np.argsort(lengths[able], kind="stable")][:100]]


def run_with(package: Path, *arguments: str) -> str:
    paths = [str(package), str(ROOT), os.environ.get("PYTHONPATH", "")]
    done = subprocess.run(
        [sys.executable, *arguments],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_command_line_knows_it(package, shortest, tmp_path):
    for command in ("select", "report", "compare"):
        assert "shortest" in run_with(package, "-m", "paser_core.cli", command, "--help")
    out = tmp_path / "out"
    select = ("-m", "paser_core.cli", "select", str(DEMO), "--no-review", "--budget", "100")
    run_with(package, *select, "--selector", "shortest", "--out", str(out))
    assert json.loads((out / "manifest.json").read_text())["selector"] == "shortest"
    assert "Shortest responses" in (out / "README.md").read_text()
    script = f"import pandas as pd; f = pd.read_parquet({str(out / 'scores.parquet')!r}); "
    script += "print(*f[f['rank'].notna()].sort_values('rank')['id'], sep='\\n')"
    assert run_with(package, "-c", script).split("\n")[:-1] == shortest
    said = run_with(
        package,
        "-m",
        "paser_core.cli",
        "compare",
        str(DEMO),
        str(out),
        "--no-review",
        "--budget",
        "100",
    )
    by_name = run_with(
        package,
        *("-m", "paser_core.cli", "compare", str(DEMO), "--no-review", "--budget", "100"),
        *("--selector", "shortest"),
    )
    both = [line for line in said.splitlines() if line.startswith("in both")]
    assert both
    assert both == [line for line in by_name.splitlines() if line.startswith("in both")]


def test_python_knows_it(package, shortest, monkeypatch):
    from selected import rows_by

    run = Run.open(DEMO)
    monkeypatch.syspath_prepend(str(package))
    known = Registry(SELECTORS.kind, SELECTORS.group, "paser_core.selection.Selector", {})._brought
    monkeypatch.setattr(SELECTORS, "_brought", known)
    assert "shortest" in SELECTORS
    knobs = Setting(of_count(100))
    assert [run.ids[row] for row in rows_by("shortest", run, knobs)] == shortest
