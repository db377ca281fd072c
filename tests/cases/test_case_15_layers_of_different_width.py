from __future__ import annotations

import json

import pytest
from model_cases import paser, place, stages
from safetensors.torch import load_file, save_file


@pytest.mark.parametrize(
    ("layers", "meaning"), [(("1",), "differ in width"), (("0", "1"), "of another size")]
)
def test_the_tensor_both_shapes_and_what_that_means(tmp_path, monkeypatch, capsys, layers, meaning):
    folder = place("15-layers-of-different-width", tmp_path)
    monkeypatch.chdir(folder)
    weights = load_file("compressed/model.safetensors")
    for name, tensor in weights.items():
        if ".mlp." in name and name.split(".")[2] in layers:
            cut = tensor[:, :48] if "down" in name else tensor[:48]
            weights[name] = cut.contiguous()
    save_file(weights, "compressed/model.safetensors", metadata={"format": "pt"})
    assert paser("--out", "run") == 2
    said = capsys.readouterr().err.strip()
    assert "down_proj.weight is (32, 48)" in said
    assert "(32, 64)" in said
    assert meaning in said
    assert "\n" not in said
    assert stages(folder / "run") == []
    assert json.loads((folder / "run" / "manifest.json").read_text())["error"] in said
