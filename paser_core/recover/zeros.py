"""What becomes of the zeros of a compressed model, decided before the training and told."""

from __future__ import annotations

from collections.abc import Sequence

from paser_core.errors import RecoveryError
from paser_core.notices import Notice
from paser_core.recover.masks import Masks, Sparsity, count
from paser_core.recover.request import Work
from paser_core.recover.settings import Adapter
from paser_core.recover.students import load_student
from paser_core.text import percent

_SOME = 0.01  # share of zeros; fewer are in every model


def keeps_zeros(work: Work) -> bool:
    """Whether zeros are what the compression is about."""
    return work.quantized is None and work.compression.promises_zeros


def check_filling(work: Work) -> None:
    """See that no adapter would fill the zeros; the weights are read where that is in question.

    Raises:
        RecoveryError: it would be merged into a sparse model without masks.
    """
    if work.config.keep_sparsity or work.adapter is not Adapter.LORA or not keeps_zeros(work):
        return
    model = load_student(work.request.compressed, work.config, work.adapter)
    if not len(Masks(model)):
        return
    raise RecoveryError(
        "keep_sparsity is false: merging a LoRA adapter would fill the zeros of "
        f"{work.request.compressed} ({_share(count(model))} of the weights), and there would be nothing "
        "left of the compression. Leave keep_sparsity true, or set adapter to full for a dense model."
    )


def notices_of_zeros(work: Work, sparsity: Sparsity, keeps: bool) -> Sequence[Notice]:
    """What becomes of the zeros where they do not stay.

    Args:
        work: with the settings.
        sparsity: what was counted in the compressed model.
        keeps: whether it has zeros that would be kept.
    """
    if keeps and not work.config.keep_sparsity:
        text = (
            f"{_share(sparsity)} of the weights are zero and may be filled, because keep_sparsity is "
            "false: the result is a dense model, as large and as slow as the original."
        )
        return [Notice("zeros-not-kept", text)]
    found = []
    if not work.config.keep_sparsity:
        text = "keep_sparsity is false, and changes nothing: there are no zeros that would be kept."
        found.append(Notice("idle-settings", text))
    if not keeps and work.quantized is None and sparsity.share > _SOME:
        text = (
            f"{_share(sparsity)} of the weights are zero, but compression.json promises no pattern of "
            "zeros: they are trained like all others."
        )
        found.append(Notice("zeros-not-promised", text))
    return found


def _share(sparsity: Sparsity) -> str:
    return percent(sparsity.zeros, sparsity.weights)
