"""Divergence of samples against a float64 computation, at the nodes and between them.

Two parts: logits of a 32k vocabulary, averaged over responses of different length; and a small real
model with a damaged copy through the whole path (batches, padding, response positions).

    python benchmarks/bench_divergence_accuracy.py
"""

from __future__ import annotations

import sys

import numpy as np
import torch
from divergence_logits import KINDS, make_logits
from given_ids import NoTokenizer, given
from numpy.typing import NDArray
from transformers import LlamaConfig, LlamaForCausalLM

from paser_core.config import DivergenceConfig
from paser_core.models.transformers_lm import TransformersLM
from paser_core.protocols import ModelPair
from paser_core.stages.divergence import (
    interpolate,
    jsd,
    plan_chunks,
    score_chunk,
    temperature_nodes,
)

NODES = temperature_nodes(DivergenceConfig().nodes)
BETWEEN = np.sort(np.concatenate([np.geomspace(0.25, 4, 151), np.sqrt(NODES[1:] * NODES[:-1])]))
BETWEEN = BETWEEN.clip(0.25, 4.0)
AT_NODES, ANYWHERE = 1e-5, 2e-4


def oracle(
    a: NDArray[np.float64], b: NDArray[np.float64], temperatures: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Mean bits over the rows of one sample, float64, straight from the definition."""
    out = []
    for temperature in temperatures:
        p, q = (np.exp((x - x.max(1, keepdims=True)) / temperature) for x in (a, b))
        p, q = p / p.sum(1, keepdims=True), q / q.sum(1, keepdims=True)
        with np.errstate(divide="ignore", invalid="ignore"):
            left = np.where(p > 0, p * np.log2(2 * p / (p + q)), 0.0)
            right = np.where(q > 0, q * np.log2(2 * q / (p + q)), 0.0)
        out.append(float((left.sum(1) + right.sum(1)).mean() / 2))
    return np.array(out)


def errors(
    at_nodes: NDArray[np.floating], a: NDArray[np.float64], b: NDArray[np.float64]
) -> tuple[float, float]:
    """Largest error of one sample at the nodes and on a fine grid between them."""
    node_error = np.abs(at_nodes - oracle(a, b, NODES)).max()
    curve = np.array([interpolate(at_nodes[None], NODES, float(t))[0] for t in BETWEEN])
    return float(node_error), float(np.abs(curve - oracle(a, b, BETWEEN)).max())


def wide_vocabulary(kind: str) -> tuple[float, float]:
    worst = np.zeros(2)
    for seed, tokens in enumerate((1, 2, 4, 8)):
        a, b = make_logits(kind, tokens, seed)
        values = jsd(a, b, NODES).mean(axis=0, dtype=np.float64).astype(np.float32)
        found = errors(values, a.double().numpy(), b.double().numpy())
        worst = np.maximum(worst, found)
    return float(worst[0]), float(worst[1])


def whole_path() -> tuple[float, float]:
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=1000, hidden_size=64, intermediate_size=128, num_hidden_layers=3,
        num_attention_heads=4, num_key_value_heads=2, initializer_range=0.15,
    )  # fmt: skip
    original = LlamaForCausalLM(config).eval()
    compressed = LlamaForCausalLM(config).eval()
    compressed.load_state_dict(original.state_dict())
    with torch.no_grad():
        for parameter in compressed.parameters():
            parameter.mul_(torch.rand_like(parameter) > 0.1)
    rng = np.random.default_rng(0)
    prompts, responses = rng.integers(3, 40, 40), rng.integers(1, 60, 40)
    offsets = np.concatenate([[0], np.cumsum(prompts + responses)])
    tokens = given(rng.integers(0, 1000, offsets[-1]).astype(np.int32), prompts, responses)
    pair = ModelPair(TransformersLM(original), TransformersLM(compressed), NoTokenizer())
    plan = plan_chunks(tokens.lengths, 512, 1500)
    scored = [score_chunk(chunk, tokens, pair, NODES) for chunk in plan]
    reference = [original.double(), compressed.double()]  # the same weights; scoring is over
    worst = np.zeros(2)
    for scores in scored:
        for row, values in zip(scores.rows, scores.values, strict=True):
            ids = torch.from_numpy(tokens.ids[offsets[row] : offsets[row + 1]].astype(np.int64))
            with torch.no_grad():
                a, b = (m(ids[None]).logits[0, prompts[row] - 1 : -1].numpy() for m in reference)
            worst = np.maximum(worst, errors(values, a, b))
    return float(worst[0]), float(worst[1])


def main() -> int:
    missed = False
    print(f"{NODES.size} nodes; oracle in float64 at them and at {BETWEEN.size} other temperatures")
    print(f"largest error of a sample in bits{'':<20} {'at nodes':>10} {'<= 1e-5':>8} "
          f"{'anywhere':>10} {'<= 2e-4':>8}")  # fmt: skip
    rows = [(f"32k vocabulary, {kind}", wide_vocabulary(kind)) for kind in KINDS]
    rows.append(("Llama and damaged copy, float64 models", whole_path()))
    for name, (at_nodes, anywhere) in rows:
        ok = at_nodes <= AT_NODES, anywhere <= ANYWHERE
        missed |= not all(ok)
        print(f"{name:<52} {at_nodes:10.1e} {'ok' if ok[0] else 'MISSED':>8} {anywhere:10.1e} "
              f"{'ok' if ok[1] else 'MISSED':>8}")  # fmt: skip
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
