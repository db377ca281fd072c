"""Which device and number format to use, and how much memory is left there."""

from __future__ import annotations

import os
from pathlib import Path

import torch

from paser_core.config import Device, DType
from paser_core.errors import ModelError
from paser_core.workspace import paths

_DTYPES = {
    DType.FLOAT32: torch.float32,
    DType.BFLOAT16: torch.bfloat16,
    DType.FLOAT16: torch.float16,
}


def choose_device(device: Device, field: str = "models.device") -> torch.device:
    """``auto`` takes CUDA, else Apple's Metal, else the processor.

    Args:
        device: what was asked for.
        field: where; the message names it.

    Raises:
        ModelError: the device asked for is not there.
    """
    there = {
        Device.CUDA: torch.cuda.is_available(),
        Device.MPS: torch.backends.mps.is_available(),
        Device.CPU: True,
    }
    if device is Device.AUTO:
        return torch.device(next(name for name, found in there.items() if found).value)
    if not there[device]:
        found = ", ".join(name.value for name, is_there in there.items() if is_there)
        raise ModelError(
            f"{field} is {device.value}, but this machine offers only {found}; choose one of "
            "these or auto."
        )
    return torch.device(device.value)


def choose_dtype(dtype: DType, device: torch.device) -> torch.dtype | None:
    """The format of the weights; None means the checkpoint's own."""
    if dtype is not DType.AUTO:
        return _DTYPES[dtype]
    return torch.float32 if device.type == "cpu" else None


def free_bytes(device: torch.device) -> int:
    """Memory that a model may still take on ``device``."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    if device.type == "mps":
        used = torch.mps.driver_allocated_memory()
        return int(torch.mps.recommended_max_memory() - used)
    meminfo = Path("/proc/meminfo")
    if paths.is_file(meminfo):  # Linux: what can be had without swapping, caches included
        for line in meminfo.read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
