"""Both models with the data, before a run starts."""

from __future__ import annotations

import dataclasses
import json

from dashboard.drafts.model_checks import check_pair
from paser_core.config import DataConfig, DivergenceConfig


def test_models_are_looked_at_with_the_data(config, tmp_path):
    rows = [{"instruction": "Say it. " * n, "output": "It is said."} for n in range(1, 30)]
    pool = tmp_path / "pool.jsonl"
    pool.write_text("".join(json.dumps(row) + "\n" for row in rows))
    data = DataConfig(path=str(pool))
    found = check_pair(config.models, DivergenceConfig(max_length=160), data)
    assert found.error is None
    assert found.samples == found.of == found.counts.sum() == 29
    beyond = found.counts[found.edges[:-1] >= 159.5].sum()
    assert 0 < found.lost == beyond < 29
    assert "prompts-too-long" in {notice.code for notice in found.notices}
    chat = dataclasses.replace(config.models, template="chat")
    assert "no chat template" in check_pair(chat, DivergenceConfig(), data).error
