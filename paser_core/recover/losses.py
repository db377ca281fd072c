"""The losses, per response token. Sums over the vocabulary are taken in float32 or better."""

from __future__ import annotations

import torch
from torch.nn import functional

from paser_core.recover.recipe import Predicted


def negative_log_likelihood(at: Predicted) -> torch.Tensor:
    """``(k,)``: −log P_student(y | before), in nats."""
    return functional.cross_entropy(at.student.float(), at.tokens, reduction="none")


def divergence_from_original(at: Predicted) -> torch.Tensor:
    """``(k,)``: KL(P_original ‖ P_student) of the next token, in nats, times the square of T.

    Hinton, Vinyals & Dean 2015 (arXiv 1503.02531): a softened gradient is 1/T² of its size, which the
    square makes up for. Where one vocabulary is padded wider, the part that both have is compared.
    """
    if at.original is None:
        raise ValueError("this loss asks the original model: say needs_original of its phase")
    width = min(at.original.shape[-1], at.student.shape[-1])
    original = at.original[..., :width].float() / at.temperature
    student = at.student[..., :width].float() / at.temperature
    known = torch.log_softmax(original, dim=-1)
    learned = torch.log_softmax(student, dim=-1)
    distance = functional.kl_div(learned, known, reduction="none", log_target=True).sum(dim=-1)
    return distance * at.temperature**2
