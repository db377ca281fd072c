"""What a sentence encoder computes in, where nobody says it."""

from __future__ import annotations

from functools import cache

from paser_core.config import Precision


def settled(precision: Precision) -> Precision:
    """``auto`` as this machine has it; anything else as it is."""
    return _fastest() if precision is Precision.AUTO else precision


@cache
def _fastest() -> Precision:
    """bfloat16 on a processor that multiplies it; others would emulate it, and be slower."""
    import torch

    if torch.accelerator.is_available():  # the encoder works there, and nobody has measured it
        return Precision.FLOAT32
    has = torch.cpu.get_capabilities()
    native = has.get("avx512_bf16") or has.get("amx_bf16")
    return Precision.BFLOAT16 if native else Precision.FLOAT32
