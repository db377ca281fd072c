from __future__ import annotations

import pytest
from model_cases import paser, place, stages


@pytest.mark.parametrize("given", ["gguf/model-Q4_K_M.gguf", "gguf"])
def test_gguf_is_named_with_the_way_out(tmp_path, monkeypatch, capsys, given):
    folder = place("25-gguf", tmp_path)
    (folder / "gguf").mkdir()
    (folder / "gguf" / "model-Q4_K_M.gguf").write_bytes(b"GGUF" + bytes(64))
    monkeypatch.chdir(folder)
    assert paser("--out", "run", "--set", f"models.compressed={given}") == 2
    said = capsys.readouterr().err
    assert "GGUF is not supported" in said
    assert 'gguf_file="model-Q4_K_M.gguf"' in said
    assert 'from_pretrained("gguf"' in said
    assert stages(folder / "run") == []
