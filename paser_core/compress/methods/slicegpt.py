"""SliceGPT: turns the space that the blocks speak in, and drops its least used directions (Ashkboos et al.
2024, arXiv 2401.15024).

An RMS norm does not notice a rotation once its weights are part of the layers after it. The paper
rotates every block by its own principal directions, which takes a matrix on every shortcut. Here all
blocks share one rotation, by the directions of all their inputs together: no matrix is needed, the
result is an ordinary, narrower model, and something is lost where blocks differ.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from paser_core.compress.blocks import MLP, blocks_of, norms_of, sizes_of
from paser_core.compress.method import Method, Outcome, Work
from paser_core.compress.rebuild import rebuilt, resized
from paser_core.compress.settings import read_share
from paser_core.config import Section, setting
from paser_core.errors import ConfigError, ModelError
from paser_core.protocols import Progress

_NAME = "slicegpt"
_MULTIPLE = 8  # of widths: what processors compute fast
_SAME = 1e-3  # logits of the turned model, before anything is dropped; relative to the largest
_SAME_IN_HALF = 5e-2  # where weights have two bytes


def _read_ratio(value: Any, path: str) -> float:
    if not isinstance(value, bool) and value in (0, "0", "0 %", "0.0"):
        return 0.0
    try:
        return read_share(value, path)
    except ConfigError as error:
        raise ConfigError(f"{error} 0 turns the model and drops nothing.", field=path) from error


@dataclass(frozen=True)
class SliceGPTConfig(Section, at=""):
    """How much narrower the model becomes."""

    ratio: float = setting(
        0.25,
        "what the paper reports most; the width that stays is rounded down to a multiple of 8",
        label="Directions dropped",
        help="The share of the hidden width that is dropped; 0 drops nothing.",
        read=_read_ratio,
        accepted="a share from 0 to below 1, or a percentage",
    )


def check(model: Any, settings: Any) -> None:
    """See that the model can be turned and sliced.

    Raises:
        ModelError: its blocks are not built as Llama's are, or it would be left with no width.
    """
    blocks = blocks_of(model, _NAME)
    for name in ("model.norm", *norms_of(blocks[0])):
        norm = model.get_submodule(name)
        if "RMS" not in type(norm).__name__ or getattr(norm, "bias", None) is not None:
            raise ModelError(
                f"{name} of this {model.config.model_type} model is a {type(norm).__name__}; slicegpt needs "
                "RMS norms, which do not notice a rotation. Choose magnitude, wanda or sparsegpt."
            )
    hidden = sizes_of(model.config).hidden
    if _width(hidden, settings.ratio) < _MULTIPLE:
        raise ModelError(
            f"A ratio of {settings.ratio} of a width of {hidden} leaves less than {_MULTIPLE}; lower it."
        )


def compress(work: Work) -> Outcome:
    """Turn the model by the principal directions of its inputs and keep the leading ones."""
    model = work.model
    blocks = blocks_of(model, _NAME)
    hidden = sizes_of(model.config).hidden
    width = _width(hidden, work.settings.ratio)
    energy, directions = principal_directions(model, work.texts, work.report)
    _check_turning(model, blocks, directions, work.texts)
    made = turned(model, blocks, directions[:, :width])
    return Outcome(
        made,
        removed={
            "hidden_size": [hidden, width],
            "variance_kept": round(float(energy[:width].sum() / energy.sum()), 6),
            "embeddings_untied": bool(model.config.tie_word_embeddings),
        },
    )


def principal_directions(
    model: Any, texts: Sequence[torch.Tensor], report: Progress
) -> tuple[torch.Tensor, torch.Tensor]:
    """How much of the blocks' inputs each direction carries ``(d,)``, and the directions ``(d, d)``.

    The strongest come first, one a column; each points to where its largest entry is positive. The
    inputs are those of attention, MLP and head, normalized, over all tokens, in float64. The paper
    adds to the diagonal; that moves all eigenvalues alike and turns no direction, so it is left out.

    Args:
        model: of Llama's family.
        texts: ids of one sample each, ``(1, tokens)``.
        report: told of every sample.
    """
    names = ["model.norm", *(n for block in blocks_of(model, _NAME) for n in norms_of(block))]
    hidden = sizes_of(model.config).hidden
    device = next(model.parameters()).device
    total = torch.zeros(hidden, hidden, dtype=torch.float64, device=device)

    def add(norm: Any, inputs: tuple[torch.Tensor, ...]) -> None:
        x = inputs[0].reshape(-1, hidden).double()
        x = x * torch.rsqrt(x.square().mean(1, keepdim=True) + _epsilon(norm))
        total.addmm_(x.T, x)

    with _watching(model, names, add), torch.no_grad():
        for done, ids in enumerate(texts, 1):
            model(input_ids=ids.to(device), use_cache=False)
            report(done, len(texts))
    values, vectors = torch.linalg.eigh(total)
    values, vectors = values.flip(0).clamp_min(0), vectors.flip(1)
    peaks = vectors.gather(0, vectors.abs().argmax(0, keepdim=True))
    return values, vectors * peaks.sign()


def turned(model: Any, blocks: Sequence[str], directions: torch.Tensor) -> Any:
    """The model in the space of some directions, as a plain model of that width.

    Args:
        model: of Llama's family.
        blocks: their names.
        directions: ``(d, d')``, orthonormal columns.
    """
    hidden, width = directions.shape
    state = dict(model.state_dict())
    dtype = state["model.embed_tokens.weight"].dtype
    head = "lm_head.weight"
    state[head] = (
        model.get_output_embeddings().weight
    )  # tied: a copy of its own, turned by its own norm

    def reads(name: str, norm: str) -> None:
        weight = state[f"{name}.weight"].double() * old[f"{norm}.weight"].double()
        state[f"{name}.weight"] = (weight @ directions).to(dtype)

    def writes(name: str) -> None:
        state[f"{name}.weight"] = (directions.T @ state[f"{name}.weight"].double()).to(dtype)
        if f"{name}.bias" in state:
            state[f"{name}.bias"] = (directions.T @ state[f"{name}.bias"].double()).to(dtype)

    # A norm of fewer directions divides by their mean; over all of them it would be less.
    scale = (hidden / width) ** 0.5
    old: Mapping[str, torch.Tensor] = dict(state)
    embedding = "model.embed_tokens.weight"
    state[embedding] = (state[embedding].double() @ directions).to(dtype)
    for block in blocks:
        attention, mlp = norms_of(block)
        for part in ("q_proj", "k_proj", "v_proj"):
            reads(f"{block}.self_attn.{part}", attention)
        for part in MLP[:2]:
            reads(f"{block}.mlp.{part}", mlp)
        writes(f"{block}.self_attn.o_proj")
        writes(f"{block}.mlp.down_proj")
    reads("lm_head", "model.norm")
    for norm in ("model.norm", *(name for block in blocks for name in norms_of(block))):
        state[f"{norm}.weight"] = torch.full_like(state[f"{norm}.weight"][:width], scale)
    config, cls = resized(
        model,
        {
            "hidden_size": width,
            "head_dim": sizes_of(model.config).head,
            "rms_norm_eps": model.config.rms_norm_eps * hidden / width,
            "tie_word_embeddings": False,
        },
    )
    return rebuilt(model, state, config, cls)


def _check_turning(
    model: Any, blocks: Sequence[str], directions: torch.Tensor, texts: Sequence[torch.Tensor]
) -> None:
    """See that turning alone changes nothing: what is built otherwise than by its names shows here.

    Raises:
        ModelError: it does.
    """
    other = turned(model, blocks, directions)
    ids = texts[0].to(next(model.parameters()).device)
    with torch.no_grad():
        before, after = (m(input_ids=ids, use_cache=False).logits.float() for m in (model, other))
    distance = float((before - after).abs().max() / before.abs().max().clamp_min(1))
    half = next(model.parameters()).element_size() < 4
    if not distance <= (_SAME_IN_HALF if half else _SAME):
        raise ModelError(
            f"Turning this {model.config.model_type} model changes what it says (logits by {distance:.1e} "
            "of the largest), so it computes otherwise than Llama does and cannot be sliced. Choose "
            "magnitude, wanda or sparsegpt."
        )


@contextlib.contextmanager
def _watching(model: Any, names: Sequence[str], hook: Any) -> Iterator[None]:
    handles = [model.get_submodule(name).register_forward_pre_hook(hook) for name in names]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _epsilon(norm: Any) -> float:
    return float(getattr(norm, "variance_epsilon", None) or norm.eps)


def _width(hidden: int, ratio: float) -> int:
    """The directions that stay, rounded down to a multiple of eight."""
    if not ratio:
        return hidden
    return int((1 - ratio) * hidden + 1e-9) // _MULTIPLE * _MULTIPLE


METHOD = Method("SliceGPT", SliceGPTConfig, compress, check=check)
