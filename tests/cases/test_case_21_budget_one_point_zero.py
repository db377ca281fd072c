from __future__ import annotations

from pathlib import Path

import pytest

from paser_core.cli import main

DEMO = Path(__file__).parents[2] / "data" / "demo" / "run"


@pytest.mark.parametrize("command", ["select", "report"])
def test_what_was_understood_is_echoed(command, tmp_path, capsys):
    out = tmp_path / "out"
    assert main([command, str(DEMO), "--budget", "1.0", "--no-review", "--out", str(out)]) == 0
    assert "Budget 1.0 = 100 % of 4,178 samples = 4,178" in capsys.readouterr().out
    assert main([command, str(DEMO), "--budget", "1", "--out", str(out)]) == 2
    assert "write 1.0 or 100 % for everything, '1 sample' for one" in capsys.readouterr().err


def test_compare_echoes_it_too(capsys):
    arguments = ["compare", str(DEMO), "--selector", "random", "--no-review", "--budget", "20%"]
    assert main(arguments) == 0
    assert "budget 0.2 = 20 % of 4,178 samples = 836" in capsys.readouterr().out
