"""Signals of whole samples, against a direct reading with transformers: full logits, plain loops."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from slow_signals import log_softmax, slow, slow_aggregates

from paser_core.config import Aggregate
from paser_core.runs import Run
from paser_core.runs.signals import column_of, measured_signals

DEMO = Path(__file__).parents[2] / "data" / "demo"
ROWS = 50


@pytest.fixture(scope="module")
def direct() -> tuple[list[int], list[dict[str, float]]]:
    """50 rows of the demo, spread over the pool: every signal and aggregate read as anyone would."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    run = Run.open(DEMO / "run")
    tokenizer = AutoTokenizer.from_pretrained(DEMO / "models" / "original")
    nets = [
        AutoModelForCausalLM.from_pretrained(DEMO / "models" / role, dtype=torch.float32).eval()
        for role in ("original", "compressed")
    ]
    able = np.flatnonzero(run.valid & (run.labels >= 0))
    rows = able[np.linspace(0, len(able) - 1, ROWS).astype(int)].tolist()
    found = []
    for row in rows:
        sample = run.sample(row)
        question = sample.instruction + (f"\n\n{sample.input}" if sample.input else "")
        said = [{"role": "user", "content": question}]
        prompt = tokenizer.apply_chat_template(said, add_generation_prompt=True, tokenize=False)
        whole = tokenizer.apply_chat_template(
            [*said, {"role": "assistant", "content": sample.output}], tokenize=False
        )
        first = len(tokenizer(prompt, add_special_tokens=False).input_ids)
        ids = tokenizer(whole, add_special_tokens=False).input_ids
        ids = ids[: first + int(run.samples["response_tokens"][row])]
        with torch.no_grad():
            both = [net(torch.tensor([ids])).logits[0].double().numpy() for net in nets]
        tokens: dict[str, list[float]] = {}
        for at in range(first, len(ids)):
            a, b = both[0][at - 1], both[1][at - 1]
            values = slow(a, b, ids[at])
            p, q = log_softmax(a.tolist()), log_softmax(b.tolist())
            half = [math.log(math.exp(x) / 2 + math.exp(y) / 2) for x, y in zip(p, q, strict=True)]
            values["jsd"] = (
                math.fsum(math.exp(x) * (x - m) for x, m in zip(p, half, strict=True))
                + math.fsum(math.exp(y) * (y - m) for y, m in zip(q, half, strict=True))
            ) / (2 * math.log(2))
            values["changed_gap"] = values["loss_gap"] * values["top1"]
            for name, value in values.items():
                tokens.setdefault(name, []).append(value)
        found.append(
            {
                column_of(signal, aggregate): value
                for signal, of_tokens in tokens.items()
                for aggregate, value in slow_aggregates(of_tokens).items()
            }
        )
    return rows, found


def test_fifty_rows_of_the_demo_are_what_a_direct_reading_gives(direct):
    rows, expected = direct
    run = Run.open(DEMO / "run")
    stored = pd.read_parquet(DEMO / "run" / "signals.parquet").iloc[rows]
    slowly = pd.DataFrame(expected)
    assert set(measured_signals(run)) == {
        c.removesuffix("_sum") for c in slowly if c.endswith("_sum")
    }
    assert set(stored) == set(slowly) - {"jsd_mean"}
    for column in stored:
        values, wanted = stored[column].to_numpy(), slowly[column].to_numpy()
        # Sums and what hangs on them grow with the answer, and so does the rounding of the models.
        scale = np.maximum(1.0, np.abs(wanted))
        assert np.max(np.abs(values - wanted) / scale) <= 1e-5, column
    jsd = column_of("jsd", Aggregate.MEAN)
    assert np.abs(run.divergence_at(1.0)[rows] - slowly[jsd].to_numpy()).max() <= 1e-5
