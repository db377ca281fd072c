"""LLM-Pruner: cuts whole attention heads and MLP channels (Ma et al. 2023, arXiv 2305.11627).

What hangs together goes together: the query heads that share keys and values with those keys and
values and the columns of the output that read them; an MLP channel's rows in gate and up with its
column in down. A weight counts by how much the loss on calibration text would change without it,
expanded to first order, second order (diagonal of the Fisher matrix) or both; a group by the sum over
its weights. Every block loses the same number of groups: its own least important ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import torch

from paser_core.compress.blocks import ATTENTION, MLP, Sizes, blocks_of, sizes_of
from paser_core.compress.method import UNSTRUCTURED, Method, Outcome, Work
from paser_core.compress.rebuild import rebuilt, resized
from paser_core.compress.settings import read_share
from paser_core.config import Section, setting
from paser_core.errors import ModelError
from paser_core.notices import Notice, Severity
from paser_core.protocols import Progress
from paser_core.text import either, plural

_NAME = "llm-pruner"


class Taylor(StrEnum):
    """How far the loss is expanded."""

    FIRST = "first"
    SECOND = "second"
    MIXED = "mixed"


@dataclass(frozen=True)
class LLMPrunerConfig(Section, at=""):
    """What LLM-Pruner cuts, and by what."""

    ratio: float = setting(
        0.25,
        "what the paper on PASER prunes; 18 to 20 % of the parameters of a Llama",
        label="Groups cut",
        help="The share of heads and of MLP channels that every block loses, rounded down.",
        read=read_share,
        accepted="a share above 0 and below 1, or a percentage",
    )
    taylor: Taylor = setting(
        Taylor.MIXED,
        "its authors' default",
        label="Importance",
        help="first: by gradients. second: by their squares. mixed: both.",
    )
    exempt_first: int = setting(
        0,
        "none: blocks of one width are really smaller; its authors spare 4 of 32",
        label="First blocks spared",
        help="So many stay whole. What others lose is then zero, not gone: all have one width.",
        low=0,
        high=1000,
    )
    exempt_last: int = setting(
        0,
        "none: blocks of one width are really smaller; its authors spare 2 of 32",
        label="Last blocks spared",
        help="So many stay whole. What others lose is then zero, not gone: all have one width.",
        low=0,
        high=1000,
    )


def check(model: Any, settings: Any) -> None:
    """See that there are groups to cut.

    Raises:
        ModelError: there are none, or the blocks are not built as Llama's are.
    """
    blocks = blocks_of(model, _NAME)
    if settings.exempt_first + settings.exempt_last >= len(blocks):
        raise ModelError(
            f"The model has {plural(len(blocks), 'block')}, and exempt_first = {settings.exempt_first} with "
            f"exempt_last = {settings.exempt_last} leaves none to prune; lower them."
        )
    sizes = sizes_of(model.config)
    if not _cut(sizes.groups, settings.ratio) and not _cut(sizes.channels, settings.ratio):
        raise ModelError(
            f"A ratio of {settings.ratio} of {plural(sizes.groups, 'group')} of heads and "
            f"{plural(sizes.channels, 'MLP channel')} is less than one of them; raise it."
        )


def compress(work: Work) -> Outcome:
    """Cut the least important groups of every block."""
    model, settings = work.model, work.settings
    blocks, sizes = blocks_of(model, _NAME), sizes_of(model.config)
    weights = importances(model, work.texts, settings.taylor, work.report)
    groups = sizes.groups - _cut(sizes.groups, settings.ratio)
    channels = sizes.channels - _cut(sizes.channels, settings.ratio)
    state = dict(model.state_dict())
    spared = {*blocks[: settings.exempt_first], *blocks[len(blocks) - settings.exempt_last :]}
    for block in [block for block in blocks if block not in spared]:
        scores = group_scores(weights, block, sizes)
        kept = [_best(score, n) for score, n in zip(scores, (groups, channels), strict=True)]
        for name, dimension, entries in _slices(block, sizes, *kept):
            if name in state:
                cut = _zeroed if spared else torch.index_select
                state[name] = cut(state[name], dimension, entries.to(state[name].device))
    removed = {
        "groups_of_heads": [sizes.groups, groups],
        "heads": [sizes.heads, groups * sizes.heads_a_group],
        "channels": [sizes.channels, channels],
        "blocks": [len(blocks), len(blocks) - len(spared)],
    }
    notices = _notices(sizes, groups, settings.ratio, len(spared))
    if spared:
        return Outcome(rebuilt(model, state), UNSTRUCTURED, removed, notices=notices)
    config, cls = resized(
        model,
        {
            "num_attention_heads": groups * sizes.heads_a_group,
            "num_key_value_heads": groups,
            "head_dim": sizes.head,
            "intermediate_size": channels,
        },
    )
    return Outcome(rebuilt(model, state, config, cls), None, removed, notices=notices)


def importances(
    model: Any, texts: Sequence[torch.Tensor], taylor: Taylor, report: Progress
) -> dict[str, torch.Tensor]:
    """How much the loss would change without each weight of the blocks, by name.

    With g the gradient of the mean loss over N samples and g_j that of sample j: ``|w·g|``,
    ``|w²·Σ_j g_j²/N|``, or ``|w·g − ½·w²·Σ_j g_j²/N|``.

    Args:
        model: is left without gradients.
        texts: ids of one sample each, ``(1, tokens)``.
        taylor: how far the loss is expanded.
        report: told of every sample.
    """
    model.requires_grad_(False)
    blocks = blocks_of(model, _NAME)
    parts = [f"self_attn.{part}" for part in ATTENTION] + [f"mlp.{part}" for part in MLP]
    found = {
        f"{b}.{p}.weight": model.get_submodule(f"{b}.{p}").weight for b in blocks for p in parts
    }
    first = {name: torch.zeros_like(w, dtype=torch.float32) for name, w in found.items()}
    second = {} if taylor is Taylor.FIRST else {n: torch.zeros_like(g) for n, g in first.items()}
    for weight in found.values():
        weight.requires_grad_(True)
    device = next(model.parameters()).device
    for done, ids in enumerate(texts, 1):
        ids = ids.to(device)
        model(input_ids=ids, labels=ids, use_cache=False).loss.backward()
        for name, weight in found.items():
            gradient = weight.grad.float()
            first[name] += gradient / len(texts)
            if second:
                second[name] += gradient.square() / len(texts)
            weight.grad = None
        report(done, len(texts))
    model.requires_grad_(False)
    made = {}
    for name, weight in found.items():
        w = weight.detach().float()
        linear = 0.0 if taylor is Taylor.SECOND else w * first[name]
        if taylor is Taylor.FIRST:
            square = torch.zeros(())
        else:
            square = w.square() * second[name] * (1.0 if taylor is Taylor.SECOND else 0.5)
        made[name] = (linear - square).abs()
    return made


def group_scores(
    weights: Mapping[str, torch.Tensor], block: str, sizes: Sizes
) -> tuple[torch.Tensor, torch.Tensor]:
    """Importance of the groups of heads ``(groups,)`` and of the MLP channels ``(channels,)`` of a block.

    Args:
        weights: importance of every weight, by name.
        block: its name.
        sizes: of the model.
    """
    q, k, v, o = (weights[f"{block}.self_attn.{part}.weight"] for part in ATTENTION)
    gate, up, down = (weights[f"{block}.mlp.{part}.weight"] for part in MLP)
    rows = (
        q.sum(1),
        k.sum(1),
        v.sum(1),
        o.sum(0),
    )  # q and o: heads · width; k and v: groups · width
    heads = sum(part.reshape(sizes.groups, -1).sum(1) for part in rows)
    assert isinstance(heads, torch.Tensor)
    return heads, gate.sum(1) + up.sum(1) + down.sum(0)


def _slices(
    block: str, sizes: Sizes, groups: torch.Tensor, channels: torch.Tensor
) -> list[tuple[str, int, torch.Tensor]]:
    """Which tensors of a block keep which entries along which dimension."""
    narrow = _entries(groups, sizes.head)
    wide = _entries(groups, sizes.head * sizes.heads_a_group)
    attention, mlp = f"{block}.self_attn", f"{block}.mlp"
    return [
        *((f"{attention}.q_proj.{part}", 0, wide) for part in ("weight", "bias")),
        *((f"{attention}.{n}.{p}", 0, narrow) for n in ATTENTION[1:3] for p in ("weight", "bias")),
        (f"{attention}.o_proj.weight", 1, wide),
        *((f"{mlp}.{name}.{part}", 0, channels) for name in MLP[:2] for part in ("weight", "bias")),
        (f"{mlp}.down_proj.weight", 1, channels),
    ]


def _entries(groups: torch.Tensor, width: int) -> torch.Tensor:
    """The rows that belong to groups of ``width`` rows."""
    return (groups[:, None] * width + torch.arange(width)).flatten()


def _zeroed(tensor: torch.Tensor, dimension: int, kept: torch.Tensor) -> torch.Tensor:
    """All but the entries that are kept are zero."""
    made = torch.zeros_like(tensor)
    return made.index_copy(dimension, kept, tensor.index_select(dimension, kept))


def _best(scores: torch.Tensor, count: int) -> torch.Tensor:
    """The numbers of the highest scores, in order; of equal ones the first stay."""
    return scores.cpu().argsort(descending=True, stable=True)[:count].sort().values


def _cut(count: int, ratio: float) -> int:
    """How many go: never more than asked for."""
    return int(ratio * count + 1e-9)


def _notices(sizes: Sizes, groups: int, ratio: float, spared: int) -> tuple[Notice, ...]:
    found = []
    if groups == sizes.groups:
        found.append(
            Notice(
                "no-heads-cut",
                f"{100 * ratio:g} % of {plural(sizes.groups, 'group')} of heads is less than one: only MLP "
                "channels were cut.",
                Severity.INFO,
            )
        )
    if spared:
        found.append(
            Notice(
                "blocks-spared",
                f"{plural(spared, 'block')} {either(spared, 'stays', 'stay')} whole, so what the "
                "others lose is zero and takes as much room as before: the blocks of a plain config have "
                "one width.",
                Severity.INFO,
                spared,
            )
        )
    return tuple(found)


METHOD = Method("LLM-Pruner", LLMPrunerConfig, compress, check=check)
