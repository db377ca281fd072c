"""What is asked for, and what can be said against it before any weight is read."""

from __future__ import annotations

import copy
import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from paser_core.compress.method import Method
from paser_core.compress.oneshot import check_packages
from paser_core.compress.settings import CalibrationConfig, LoadingConfig
from paser_core.config import DataConfig, DType, Section
from paser_core.errors import CompressionError, ModelError
from paser_core.models.devices import choose_dtype
from paser_core.models.loading import explained, memory_bytes
from paser_core.models.quantization import quantization_of
from paser_core.models.weights import check_weights
from paser_core.notices import Notice
from paser_core.registry import COMPRESSIONS
from paser_core.text import listed
from paser_core.workspace import paths


@dataclass(frozen=True)
class Order:
    """What is to be made."""

    model: str  # folder or hub name
    name: str  # of the method
    settings: Section  # of the method
    calibration: CalibrationConfig = field(default_factory=CalibrationConfig)
    data: DataConfig = field(default_factory=DataConfig)
    loading: LoadingConfig = field(default_factory=LoadingConfig)
    rows: Any = None  # calibration text that is in memory

    @property
    def method(self) -> Method:
        """The method itself."""
        found: Method = COMPRESSIONS[self.name]
        return found

    @property
    def unread(self) -> tuple[Notice, ...]:
        """A notice of calibration text that was named, for a method that reads none."""
        usual = CalibrationConfig()
        fields = [f.name for f in dataclasses.fields(usual)]
        given = [
            *(
                f"calibration.{n}"
                for n in fields
                if getattr(self.calibration, n) != getattr(usual, n)
            ),
            *(["the rows"] if self.rows is not None else []),
            *(["data"] if self.data != DataConfig() else []),
        ]
        if self.method.reads or not given:
            return ()
        text = (
            f"{self.name} reads no text, so what was given for it changes nothing and was not looked at: "
            f"{listed(given)}."
        )
        return (Notice("calibration-not-read", text),)

    @property
    def dtype(self) -> torch.dtype | None:
        """Of the weights; None: the checkpoint's own."""
        wanted = self.loading.dtype
        return None if wanted is DType.AUTO else choose_dtype(wanted, torch.device("cpu"))

    @property
    def memory(self) -> int:
        """Bytes of the weights, before they are compressed; 0 where they are not here yet."""
        return memory_bytes(self.model, self.dtype)


def check_model(order: Order, config: Any) -> tuple[Notice, ...]:
    """See that the method can do the model, without reading its weights; what is worth telling.

    Raises:
        ConfigError: a package is missing.
        ModelError: the model is quantized, its files are not what its config says, or the method
            cannot do its family.
    """
    from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING

    check_packages(order.method.packages, order.name)
    if (quantized := quantization_of(config)) is not None:
        raise ModelError(
            f"{order.model} is quantized already ({quantized}); give the model as it was before."
        )
    with explained(order.model, "config"), torch.device("meta"):
        skeleton = MODEL_FOR_CAUSAL_LM_MAPPING[type(config)](copy.deepcopy(config))
    order.method.check(skeleton, order.settings)
    try:
        return check_weights(order.model, config, "original")
    except OSError:  # a hub name whose files are not here yet: the loader looks at them
        return ()


def check_out(out: Path) -> None:
    """See that there is nothing where the result shall be.

    Raises:
        CompressionError: there is.
    """
    if not paths.exists(out):
        return
    if not paths.is_folder(out):
        raise CompressionError(f"{out} is a file. Give a new folder with --out.")
    found = [path.name for path in paths.entries(out)]
    if found:
        raise CompressionError(
            f"{out}: the folder is not empty ({', '.join(found[:3])}) and is left alone. Give an "
            "empty or a new folder with --out."
        )
