"""``paser recover``: train a compressed model on a selection, or go on with it."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from paser_core.cli.interrupt import Interrupt
from paser_core.cli.offline import stay_offline
from paser_core.cli.options import told_by_option, typed
from paser_core.cli.terminal import EXIT_DEFECT, EXIT_DONE, Bar, say

if TYPE_CHECKING:
    from paser_core.cli.terminal import Commands

# What is changed most often; everything else by --set.
_OFTEN: dict[str, tuple[type, str]] = {
    "method": (str, "sft, kd, kd-sft or sft-kd; usually sft"),
    "adapter": (str, "full, lora or auto: full up to 250 million parameters"),
    "epochs": (int, "how often every sample is seen; usually 2"),
    "batch": (int, "samples of one step; usually 64"),
    "lr": (float, "the highest learning rate; usually 1e-4"),
    "targets": (str, "data, or original: the original model answers first, and that is learned"),
    "template": (str, "alpaca, chat or none; usually that of the run which the export came from"),
    "seed": (int, "of the order of the samples, and of every chance; usually 0"),
}


def add_to(commands: Commands) -> None:
    """Its options."""
    recover = commands.add_parser(
        "recover", help="train a compressed model on a selection, or go on with it"
    )
    recover.add_argument("compressed", metavar="COMPRESSED", help="folder or hub name of the model")
    recover.add_argument(
        "--data",
        required=True,
        metavar="EXPORT_OR_FILE",
        help="an export folder, or any file that paser run reads",
    )
    recover.add_argument("--out", required=True, metavar="DIR", help="where the model goes")
    recover.add_argument(
        "--original",
        metavar="MODEL",
        help="the model before the compression; default: the one that compression.json names",
    )
    for name, (kind, told) in _OFTEN.items():
        recover.add_argument(f"--{name}", type=kind, help=told)
    recover.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="a=b",
        help="any other setting (docs/recover.md), or data.a=b of how the rows are read",
    )
    recover.set_defaults(command=_recover)


def _recover(parsed: argparse.Namespace) -> int:
    import paser_core as paser

    stay_offline((parsed.compressed, parsed.data, parsed.original))
    settings: dict[str, Any] = {
        name: value for name in _OFTEN if (value := getattr(parsed, name)) is not None
    }
    said = typed(parsed, {name: name for name in _OFTEN}, settings, ("data", "original", "out"))
    bar = Bar()
    try:
        with Interrupt() as interrupt, told_by_option(said):
            done = paser.recover(
                parsed.compressed,
                parsed.data,
                out=parsed.out,
                original=parsed.original,
                config=settings,
                watch=interrupt.watching(bar),
            )
    finally:
        bar.close()
    for line in done.lines:
        say(line)
    return EXIT_DONE if done.status == "done" else EXIT_DEFECT
