from __future__ import annotations

from model_cases import FEW, notices, paser, place
from transformers import GPT2Config

from paser_core.runs import Run


def test_samples_are_cut_to_what_the_model_can_read_and_that_is_told(tmp_path, monkeypatch, capsys):
    config = GPT2Config(
        vocab_size=2048, n_embd=32, n_layer=2, n_head=4, n_positions=128,
        bos_token_id=1, eos_token_id=2,
    )  # fmt: skip
    monkeypatch.chdir(place("09-absolute-positions", tmp_path, config))
    assert paser("--out", "run", *FEW) == 0
    said = capsys.readouterr().out
    assert said.index("reads at most 128 tokens") < said.index("embedding:")
    run = Run.open(tmp_path / "09-absolute-positions" / "run")
    lengths = run.samples["prompt_tokens"] + run.samples["response_tokens"]
    assert lengths.max() == 128
    assert {"positions", "responses-cut"} <= notices(run.path).keys()
