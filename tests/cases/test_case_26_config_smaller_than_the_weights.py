from __future__ import annotations

import json

from model_cases import FEW, notices, paser, place


def test_weights_that_are_not_used_are_recorded_in_the_run(tmp_path, monkeypatch, capsys):
    folder = place("26-config-smaller-than-the-weights", tmp_path)
    monkeypatch.chdir(folder)
    file = folder / "compressed" / "config.json"
    config = json.loads(file.read_text())
    file.write_text(json.dumps(config | {"num_hidden_layers": 1}))
    assert paser("--out", "run", *FEW) == 0
    shown = capsys.readouterr()
    assert "LOAD REPORT" not in shown.err + shown.out
    told = notices(folder / "run")["unused-weights"]
    assert told.startswith("9 weights of the compressed model")
    assert "model.layers.1." in told
    assert shown.out.index(told) < shown.out.index("embedding:")
