"""Every way a checkpoint can be unusable ends in one sentence."""

from __future__ import annotations

import json
import logging
import shutil

import pytest
import torch

from paser_core.errors import ModelError
from paser_core.models.checkpoint import fingerprint, weight_files
from paser_core.models.loading import load_causal_lm, load_tokenizer, memory_bytes, quiet


@pytest.fixture
def folder(checkpoints, tmp_path):
    """A copy of a good checkpoint, to be spoiled."""
    return shutil.copytree(checkpoints / "original", tmp_path / "model")


def edit(path, **changes):
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def refuse(name, *words):
    with pytest.raises(ModelError) as error:
        load_causal_lm(str(name), torch.float32)
    message = str(error.value)
    assert str(name) in message
    assert "\n" not in message
    for word in words:
        assert word in message


def test_a_folder_that_is_not_there_names_the_nearest(folder):
    refuse(folder.with_name("modle"), "no such model folder", "Did you mean 'model'")
    refuse("./nowhere/at/all", "no such model folder")


def test_a_file_is_not_a_folder(folder):
    refuse(folder / "model.safetensors", "is a file")


def test_a_hub_name_without_a_hub(monkeypatch):
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    refuse("nobody/no-such-model", "no such folder here", "Check the name")


def test_the_hubs_attempts_are_not_on_the_screen():
    attempts = logging.getLogger("huggingface_hub.utils._http")
    before = attempts.isEnabledFor(logging.WARNING)
    with quiet():
        assert not attempts.isEnabledFor(logging.WARNING)
    assert attempts.isEnabledFor(logging.WARNING) == before


def test_a_folder_without_config(folder):
    (folder / "config.json").unlink()
    refuse(folder, "no config.json")
    (folder / "adapter_config.json").write_text("{}")
    refuse(folder, "merge it")


def test_a_config_that_is_not_json(folder):
    (folder / "config.json").write_text("{oops")
    refuse(folder, "config")


@pytest.mark.parametrize("kind", ["t5", "vit", "clip"])
def test_another_kind_of_model(folder, kind):
    (folder / "config.json").write_text(json.dumps({"model_type": kind}))
    refuse(folder, kind, "causal language model")


def test_a_model_type_that_nobody_knows(folder):
    edit(folder / "config.json", model_type="frobnicator")
    refuse(folder, "frobnicator")


def test_code_of_the_checkpoint_is_never_run(folder, tmp_path):
    edit(
        folder / "config.json",
        model_type="mine",
        auto_map={"AutoConfig": "evil.Config", "AutoModelForCausalLM": "evil.Model"},
    )
    proof = tmp_path / "was_run"
    (folder / "evil.py").write_text(
        f"open({str(proof)!r}, 'w')\nclass Config: pass\nclass Model: pass\n"
    )
    refuse(folder, "brings its own code")
    assert not proof.exists()


@pytest.mark.parametrize(
    "change", [{"hidden_size": 64}, {"num_hidden_layers": 5}, {"vocab_size": 999}]
)
def test_weights_that_do_not_fit_the_config(folder, change):
    edit(folder / "config.json", **change)
    refuse(folder)


def test_weights_cut_short(folder):
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1000])
    refuse(folder, "damaged")


def test_no_weights(folder):
    (folder / "model.safetensors").unlink()
    refuse(folder, "cannot be read")


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
def test_a_pickle_that_runs_code_is_not_loaded(folder, tmp_path):
    import pickle

    proof = tmp_path / "was_run"

    class Evil:
        def __reduce__(self):
            return (open, (str(proof), "w"))

    (folder / "model.safetensors").unlink()
    with (folder / "pytorch_model.bin").open("wb") as stream:
        pickle.dump(Evil(), stream)
    refuse(folder)
    assert not proof.exists()


def test_an_old_checkpoint_is_read_with_weights_only(folder):
    expected, _ = load_causal_lm(str(folder), torch.float32)
    (folder / "model.safetensors").unlink()
    torch.save(expected.state_dict(), folder / "pytorch_model.bin")
    loaded, _ = load_causal_lm(str(folder), torch.float32)
    for name, tensor in expected.state_dict().items():
        torch.testing.assert_close(loaded.state_dict()[name], tensor, rtol=0, atol=0)
    assert len(fingerprint(weight_files(str(folder)))) == 64


def test_no_tokenizer(folder):
    for file in folder.glob("tokenizer*"):
        file.unlink()
    with pytest.raises(ModelError, match="no tokenizer"):
        load_tokenizer(str(folder))


def test_a_tokenizer_that_is_not_one(folder):
    (folder / "tokenizer.json").write_text('{"not": "a tokenizer"}')
    with pytest.raises(ModelError, match="tokenizer"):
        load_tokenizer(str(folder))


def test_memory_is_that_of_the_loaded_weights(folder):
    parameters = sum(p.numel() for p in load_causal_lm(str(folder), torch.float32)[0].parameters())
    for dtype, size in ((torch.float32, 4), (torch.bfloat16, 2), (None, 4)):
        assert memory_bytes(str(folder), dtype) == pytest.approx(parameters * size, rel=0.1)
