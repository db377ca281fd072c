"""A study is killed for real, at random moments: no cell is lost, none is made twice."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from tiny_study import write_study

from paser_core.engines.side import environment
from paser_core.registry import SELECTORS, Registry
from paser_core.study.cells import CELL
from paser_core.study.folder import standing
from paser_core.study.results import Results
from paser_core.workspace.events import read_events

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is a POSIX word"),
    pytest.mark.timeout(900),
]

KILLS = int(os.environ.get("PASER_KILLS", "1"))  # ten take two minutes and more
SEEDS = 1 + KILLS  # with fewer cells ten kills would find nothing to end


def test_a_study_survives_kills_at_random_moments(tmp_path):
    tree = write_study(tmp_path / "data", seeds=SEEDS)
    (tmp_path / "plan.json").write_text(json.dumps(tree))
    out, chance = tmp_path / "out", random.Random(1)
    command = [sys.executable, str(Path(__file__).with_name("killed_study.py")),
               str(tmp_path / "plan.json"), str(out)]  # fmt: skip
    seen: dict[str, int] = {}
    for _ in range(KILLS):
        process = subprocess.Popen(command, env=environment(), stderr=subprocess.DEVNULL)
        before = len(list(out.glob(f"cells/*/{CELL}")))
        deadline = time.monotonic() + 120
        # until it has got on, or anywhere in the first seconds
        while time.monotonic() < deadline and process.poll() is None:
            if len(list(out.glob(f"cells/*/{CELL}"))) > before or chance.random() < 0.002:
                break
            time.sleep(0.02)
        time.sleep(0.3 * chance.random())
        process.send_signal(signal.SIGKILL)
        process.wait(30)
        for file in out.glob(f"cells/*/{CELL}"):
            known = seen.setdefault(file.parent.name, file.stat().st_mtime_ns)
            assert known == file.stat().st_mtime_ns, "a finished cell was made again"
    end = time.monotonic() + 30
    while time.monotonic() < end and not _is_free(out):  # its children end with it
        time.sleep(0.1)
    subprocess.run(command, env=environment(), check=True, timeout=300)
    assert set(standing(out).states.values()) == {"done"}
    assert len(standing(out).states) == 2 * SEEDS
    for name, known in seen.items():
        assert (out / "cells" / name / CELL).stat().st_mtime_ns == known
    ended = Counter(e["step"] for e in read_events(out) if e["event"] == "step_ended")
    assert all(n == 1 for step, n in ended.items() if step.startswith("cell/"))


def _is_free(out):
    from paser_core.workspace.lock import is_held

    return not is_held(out / ".lock")


FAILING = {
    # as a lack of memory ends a process
    "deadly": "import os\ndef score(pool, chance):\n    os._exit(9)\n",
    # until something outside is mended
    "refusing": (
        "from pathlib import Path\nfrom paser_core.errors import SelectionError\n"
        "def score(pool, chance):\n"
        "    if Path(__file__).with_name('broken').exists():\n"
        "        raise SelectionError('It is broken. Mend it.')\n"
        "    return pool.tokens.astype(float)\n"
    ),
    "raising": "def score(pool, chance):\n    return 1 / 0\n",
}


def write_selectors(folder):
    """A package with selectors that fail, each in its own way."""
    entries = "[paser.selectors]\n"
    for name, code in FAILING.items():
        end = "from paser_core.selection import Selector\n"
        end += f"SELECTOR = Selector({name!r}, score, damage=False)\n"
        (folder / f"fails_{name}.py").write_text(code + end)
        entries += f"{name} = fails_{name}:SELECTOR\n"
    (folder / "fails-1.0.dist-info").mkdir()
    (folder / "fails-1.0.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: fails\nVersion: 1.0\n"
    )
    (folder / "fails-1.0.dist-info" / "entry_points.txt").write_text(entries)


def test_a_cell_that_fails_costs_itself_only_and_is_tried_again(tmp_path, monkeypatch):
    write_selectors(tmp_path)
    (tmp_path / "broken").touch()
    paths = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    monkeypatch.setenv("PYTHONPATH", paths)
    monkeypatch.syspath_prepend(str(tmp_path))  # whoever reads the plan knows its selectors
    known = Registry(SELECTORS.kind, SELECTORS.group, "paser_core.selection.Selector", {})._brought
    monkeypatch.setattr(SELECTORS, "_brought", known)
    tree = write_study(tmp_path / "data", selectors=[*FAILING, "random"], seeds=1)
    (tmp_path / "plan.json").write_text(json.dumps(tree))
    command = [sys.executable, str(Path(__file__).with_name("killed_study.py")),
               str(tmp_path / "plan.json"), str(tmp_path / "out")]  # fmt: skip
    subprocess.run(command, env=environment(), check=True, timeout=300)
    found = standing(tmp_path / "out")
    assert sorted(found.states.values()) == ["done", "failed", "failed", "failed"]
    told = " ".join(found.why.values())
    assert "ended early" in told  # the process
    assert "It is broken. Mend it." in told
    assert "This is a defect" in told
    assert "ZeroDivisionError" in told
    cells = Results.open(tmp_path / "out").cells.set_index("selector")
    assert cells.loc["random", "status"] == "done"
    assert set(cells.loc[list(FAILING), "status"]) == {"failed"}
    (tmp_path / "broken").unlink()
    subprocess.run(command, env=environment(), check=True, timeout=300)
    cells = Results.open(tmp_path / "out").cells.set_index("selector")
    assert cells.loc["refusing", "status"] == "done"
    assert not any("It is broken" in why for why in standing(tmp_path / "out").why.values())
