"""What ``paser recover`` says of what was passed and not used, and what a refusal leaves."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
import torch
from recovery_pairs import QUICK, rows, write_pair
from tiny_models import tiny_llama
from transformers import AutoModelForCausalLM, GenerationConfig

import paser_core as paser
from paser_core.cli import main
from paser_core.config import Template
from paser_core.errors import ConfigError, ModelError, RecoveryError, RunError
from paser_core.models.devices import choose_device
from paser_core.models.writing import ends_of, written_by
from paser_core.recover.data import Source
from paser_core.recover.request import Request, look
from paser_core.recover.settings import RecoverConfig
from paser_core.recover.targets import Answered, _notices
from paser_core.workspace.keys import key_of

FEW = {**QUICK, "epochs": 1}


def notices(compressed, given=None, original=None, **settings):
    config = RecoverConfig(**{**FEW, **settings})
    return look(Request(str(compressed), Source(rows=given or rows(8)), config, original)).notices


def test_an_original_that_is_mistyped_is_refused_also_where_nothing_asks_it(compressed, tmp_path):
    out = tmp_path / "out"
    with pytest.raises(ModelError, match="orignal"):
        paser.recover(compressed, rows(8), out=out, original=tmp_path / "orignal", **FEW)
    assert not out.exists()


def test_an_original_that_nothing_asks_is_said_and_changes_nothing(compressed):
    original = str(compressed.parent / "original")
    (told,) = [
        n.text for n in notices(compressed, original=original) if n.code == "original-not-asked"
    ]
    assert f"{original} was given as the original, and is not read: method sft" in told
    asked = notices(compressed, original=original, method="kd")
    assert not [n for n in asked if n.code == "original-not-asked"]
    requests = [
        Request(str(compressed), Source(rows=rows(8)), RecoverConfig(**FEW), name)
        for name in (None, original)
    ]
    assert look(requests[0]).facts == look(requests[1]).facts


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"adapter": "full", "rank": 4}, ["rank has no effect: adapter is full."]),
        ({"adapter": "full", "rank": 4, "alpha": 8}, ["rank and alpha have no effect: adapter is full."]),
        ({"adapter": "lora", "rank": 4}, []),
        ({"method": "sft", "temperature": 2.0}, ["temperature has no effect: method is sft."]),
        ({"method": "sft-kd", "temperature": 2.0, "batch": 4}, []),
        ({}, []),
    ],
)  # fmt: skip
def test_settings_without_effect_are_said(compressed, settings, said):
    assert [n.text for n in notices(compressed, **settings) if n.code == "idle-settings"] == said


def test_zeros_that_are_not_kept_and_not_there_are_said(data, tmp_path):
    dense = write_pair(tmp_path, prune=lambda model: model)
    done = paser.recover(dense, data, out=tmp_path / "out", keep_sparsity=False, **FEW)
    manifest = json.loads((done.path / "manifest.json").read_text())
    told = [n["text"] for n in manifest["notices"]["training"]]
    assert any("keep_sparsity is false, and changes nothing" in text for text in told)


def test_a_refused_filling_of_zeros_leaves_no_folder(compressed, data, tmp_path):
    out = tmp_path / "out"
    with pytest.raises(RecoveryError, match=r"keep_sparsity is false.*% of the weights"):
        paser.recover(compressed, data, out=out, adapter="lora", keep_sparsity=False, **FEW)
    assert not out.exists()


def test_what_is_refused_after_the_weights_are_read_leaves_no_folder(data, tmp_path):
    model = write_pair(tmp_path)
    broken = AutoModelForCausalLM.from_pretrained(model)
    with torch.no_grad():
        broken.model.norm.weight[0] = math.nan
    broken.save_pretrained(model)
    before = sorted(path.name for path in tmp_path.iterdir())
    with pytest.raises(RecoveryError, match="no number before anything"):
        paser.recover(model, data, out=tmp_path / "out", **FEW)
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    (tmp_path / "empty").mkdir()  # somebody's own stays
    with pytest.raises(RecoveryError, match="no number before anything"):
        paser.recover(model, data, out=tmp_path / "empty", **FEW)
    assert (tmp_path / "empty").is_dir()


def test_a_refusal_takes_nothing_that_was_done_before(compressed, data, tmp_path, monkeypatch):
    """A disk that fills in the middle of the training: the checkpoint is what the next start goes on from."""
    from paser_core.recover import result

    def full(*_):
        raise RunError("no space")

    out = tmp_path / "out"
    monkeypatch.setattr(result, "save", full)
    with pytest.raises(RunError, match="no space"):
        paser.recover(compressed, data, out=out, **FEW)
    assert list((out / ".parts").rglob("whole.json"))
    monkeypatch.undo()
    assert paser.recover(compressed, data, out=out, **FEW).status == "done"


@pytest.mark.parametrize("name", ["compressed", "data", "out", "original"])
@pytest.mark.parametrize("value", ["", "  ", 7])
def test_an_empty_name_is_not_the_folder_one_is_in(
    name, value, compressed, data, tmp_path, monkeypatch
):
    if (name, value) == ("data", 7):
        pytest.skip("it is taken for rows, and refused as such")
    monkeypatch.chdir(tmp_path)
    given = {"compressed": compressed, "data": data, "out": tmp_path / "out", name: value}
    with pytest.raises(ConfigError, match=f"^{name} is {value!r}; accepted: "):
        paser.recover(given.pop("compressed"), given.pop("data"), **given, **FEW)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--lr", "inf"], "--lr inf: lr is inf; it must be a finite number, at least 0."),
        (["--set", "lr=.inf"], "--set lr=.inf: lr is inf"),
        (["--epochs", "0"], "--epochs 0: epochs is 0"),
        (["--method", "sftt"], "--method sftt: method is 'sftt'"),
        (["--lr", "1e-3", "--set", "lr=1e-4"], "lr is given twice, the other time as --lr 0.001"),
        (["--out", ""], "--out '': out is ''"),
        (["--original", ""], "--original '': original is ''"),
        (["--template", "chat"], "template is chat, but the tokenizer has no chat template"),
    ],
)
def test_a_message_begins_with_what_was_typed(
    options, said, compressed, data, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    assert main(["recover", str(compressed), "--data", str(data), "--out", "out", *options]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert "models." not in told
    assert not list(tmp_path.iterdir())


def test_a_device_that_is_not_here_is_named_by_its_field(compressed, data, tmp_path, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ModelError, match=r"^device is cuda, but this machine"):
        paser.recover(compressed, data, out=tmp_path / "out", device="cuda", **FEW)
    with pytest.raises(ModelError, match=r"^models\.device is cuda"):
        choose_device(RecoverConfig(device="cuda").device)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("n", "words"), [(1, "1 of 4 rows is not trained on."), (2, "2 of 4 rows are not trained on.")]
)
def test_words_go_with_the_number_of_rows_left_out(compressed, n, words):
    given = [*rows(4 - n), *[{"instruction": "Add.", "output": ""}] * n]
    assert any(words in notice.text for notice in notices(compressed, given))


@pytest.mark.parametrize(
    ("n", "words"),
    [
        (1, ["1 of 3 rows is longer than max_length = 24; the end of its response"]),
        (2, ["2 of 3 rows are longer than max_length = 24; the end of their response"]),
    ],
)
def test_words_go_with_the_number_of_rows_cut(compressed, n, words):
    given = [{"instruction": "a", "output": "b" + " word" * (60 if i < n else 0)} for i in range(3)]
    told = [x.text for x in notices(compressed, given, template="none", max_length=24, epochs=3)]
    assert all(any(word in text for text in told) for word in words), told


def test_words_go_with_the_number_of_answers():
    full, none = np.array([1], np.int32), np.empty(0, np.int32)
    for tokens, ended, words in [
        ([full, none], [False, True],
         ["1 of 2 rows no answer; it is not", "1 of 2 answers of the original model does not"]),
        ([full, full, none, none], [False, False, True, True],
         ["2 of 4 rows no answer; they are not", "2 of 4 answers of the original model do not"]),
        ([full], [True], []),
    ]:  # fmt: skip
        found = _notices(Answered(tuple(tokens), np.array(ended)), np.ones(len(tokens), bool), 9)
        assert len(found) == len(words)
        assert all(word in notice.text for word, notice in zip(words, found, strict=True))


def test_keys_of_recoveries_are_those_that_they_were(compressed):
    """Taken down before the settings shared their fields: a finished recovery stays finished."""
    config = RecoverConfig(method="kd", template="alpaca")
    facts = look(Request(str(compressed), Source(rows=rows(8)), config)).facts
    settings = {name: value for name, value in facts.items() if name.startswith("settings.")}
    assert key_of(settings) == "bbbf3139ec93fa88"
    assert settings["settings.template"] == Template.ALPACA.value


def test_writing_is_a_loop_token_by_token_whatever_else_is_asked():
    """The batch, its padding and what the checkpoint wants of its own have no part in it."""
    model = tiny_llama(3, 64).eval()
    model.generation_config = GenerationConfig(eos_token_id=[7, 9], repetition_penalty=5.0)

    class Tokenizer:
        eos_token_id = 1

    ends = ends_of(model, Tokenizer)
    assert ends == (1, 7, 9)
    prompts, most = [[5, 6, 8], [10], [11, 12, 13, 14, 15]], [6, 12, 1]
    expected = []
    for prompt, room in zip(prompts, most, strict=True):
        ids = list(prompt)
        while len(ids) < len(prompt) + room and (len(ids) == len(prompt) or ids[-1] not in ends):
            with torch.no_grad():
                ids.append(int(model(torch.tensor([ids])).logits[0, -1].argmax()))
        expected.append(ids[len(prompt) :])
    assert written_by(model, prompts, most, ends) == expected
    assert written_by(model, prompts, most, ends, padding=33) == expected
    assert model.generation_config.repetition_penalty == 5.0
