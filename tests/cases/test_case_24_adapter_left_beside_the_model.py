from __future__ import annotations

import json
import sys

import numpy as np
import pytest
import torch
from model_cases import FEW, notices, paser, place
from safetensors.torch import save_file

from paser_core.runs import Run


def leave_adapter(folder):
    (folder / "adapter_config.json").write_text(
        json.dumps(
            {
                "peft_type": "LORA",
                "base_model_name_or_path": "original",
                "r": 4,
                "lora_alpha": 800,
                "target_modules": ["q_proj"],
                "task_type": "CAUSAL_LM",
            }
        )
    )
    prefix = "base_model.model.model.layers"
    tensors = {
        f"{prefix}.{layer}.self_attn.q_proj.lora_{which}.weight": torch.randn(*shape)
        for layer in (0, 1)
        for which, shape in (("A", (4, 32)), ("B", (32, 4)))
    }
    save_file(tensors, folder / "adapter_model.safetensors")


@pytest.fixture
def peft_there(monkeypatch):
    """The library believes that peft is installed, and would apply the adapter with it."""

    def applied(*_, **__):
        raise AssertionError("the adapter was applied")

    from transformers import PreTrainedModel

    for module in ("transformers.models.auto.auto_factory", "transformers.integrations.peft"):
        monkeypatch.setattr(sys.modules[module], "is_peft_available", lambda: True)
    monkeypatch.setattr(PreTrainedModel, "load_adapter", applied)


def test_the_adapter_is_noted_and_not_applied(tmp_path, monkeypatch, request):
    folder = place("24-adapter-left-beside-the-model", tmp_path)
    monkeypatch.chdir(folder)
    assert paser("--out", "before", *FEW) == 0
    leave_adapter(folder / "compressed")
    assert paser("--out", "run", *FEW) == 0
    import transformers.integrations.peft
    import transformers.models.auto.auto_factory  # noqa: F401

    request.getfixturevalue("peft_there")
    assert paser("--out", "run2", *FEW) == 0
    found = [Run.open(folder / out).samples["divergence"] for out in ("before", "run", "run2")]
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_array_equal(found[0], found[2])
    for out in ("run", "run2"):
        told = notices(folder / out)
        assert "merge it first" in told["adapter"]
        assert "unused-weights" not in told
    assert "adapter" not in notices(folder / "before")
