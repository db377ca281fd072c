from __future__ import annotations

import shutil

from model_cases import DEMO, FEW, HERE, notices, paser


def test_control_tokens_spelled_out_in_the_data_are_counted_and_told(tmp_path, monkeypatch):
    folder = tmp_path / "case"
    shutil.copytree(HERE / "23-control-tokens-in-text", folder)
    monkeypatch.chdir(folder)
    models = [f"models.{r}={DEMO / r}" for r in ("original", "compressed")]
    for template in ("chat", "alpaca"):
        given = [a for m in (*models, f"models.template={template}") for a in ("--set", m)]
        assert paser("--out", template, *given, *FEW) == 0
        told = notices(folder / template)["control-tokens"]
        assert told.startswith("9 of 9 samples spell out control tokens")
