"""``paser compress``: make a model smaller, count what is gone, see that it loads."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from paser_core.cli.interrupt import Interrupt
from paser_core.cli.offline import stay_offline
from paser_core.cli.options import told_by_option, typed
from paser_core.cli.terminal import EXIT_DONE, Bar, say
from paser_core.registry import COMPRESSIONS

if TYPE_CHECKING:
    from paser_core.cli.terminal import Commands

_OF_METHOD = ("sparsity", "ratio", "bits")
_OF_CALIBRATION = ("rows", "seed", "max_length", "template")
_OF_LOADING = ("device", "dtype")
# What each option gives a value, by the name that a message has of it.
_FIELDS = {
    **{name: name for name in _OF_METHOD},
    **{name: f"calibration.{name}" for name in _OF_CALIBRATION},
    **{name: f"loading.{name}" for name in _OF_LOADING},
    "calibration": "calibration.path",
}
_NO_SETTINGS = {"model", "method", "out", "watch"}  # of the front door's own, beside the method's


def add_to(commands: Commands) -> None:
    """Its options."""
    compress = commands.add_parser(
        "compress",
        help="compress a model: prune or quantize it",
        description="Compress a model with one of the methods of docs/compress.md. The result is a "
        "folder that transformers loads as it is, with compression.json: what was done, and what is "
        "gone, counted in the files.",
    )
    compress.add_argument("model", metavar="MODEL", help="folder or hub name of the original")
    compress.add_argument(
        "--method", required=True, metavar="NAME", help=", ".join(COMPRESSIONS).replace("%", "%%")
    )
    compress.add_argument("--out", required=True, metavar="DIR", help="a new folder")
    compress.add_argument(
        "--calibration", metavar="FILE", help="rows that the method reads: the pool of the run"
    )
    compress.add_argument(
        "--sparsity", metavar="S", help="magnitude, wanda, sparsegpt: a share, or 2:4"
    )
    compress.add_argument(
        "--ratio", metavar="R", help="llm-pruner, slicegpt: the share that is cut out"
    )
    compress.add_argument("--bits", type=int, metavar="N", help="rtn, gptq: of a weight")
    compress.add_argument("--rows", type=int, help="calibration rows; usually 128")
    compress.add_argument("--seed", type=int, help="which of the rows are drawn; usually 0")
    compress.add_argument("--max-length", type=int, help="longest row, in tokens; usually 512")
    compress.add_argument("--template", help="alpaca, chat or none, as in a run")
    compress.add_argument("--device", help="auto, cuda, mps or cpu")
    compress.add_argument("--dtype", help="of the weights; auto: as they are stored")
    compress.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="a=b",
        help="any other setting of the method, or data.a=b of how the rows are read",
    )
    compress.set_defaults(command=_compress)


def _compress(parsed: argparse.Namespace) -> int:
    import paser_core as paser
    from paser_core.errors import ConfigError

    stay_offline((parsed.model, parsed.calibration))
    tree = _given(parsed, _OF_METHOD)
    tree["calibration"] = {"path": parsed.calibration, **_given(parsed, _OF_CALIBRATION)}
    tree["loading"] = _given(parsed, _OF_LOADING)
    said = typed(parsed, _FIELDS, tree, ("method", "out"))
    if taken := sorted(_NO_SETTINGS & tree.keys()):
        raise ConfigError(
            f"--set {taken[0]}: this is no setting of the method. Name model, --method and --out beside "
            "--set; docs/compress.md has the settings of every method."
        )
    bar = Bar()
    try:
        with Interrupt() as interrupt, told_by_option(said):
            made = paser.compress(
                parsed.model, parsed.method, parsed.out, watch=interrupt.watching(bar), **tree
            )
    except KeyboardInterrupt:
        raise KeyboardInterrupt("nothing was kept; the same command begins anew.") from None
    finally:
        bar.close()
    before, counted = made.record["before"], made.record["counted"]
    say(f"{parsed.out}: {made}.")
    say(
        f"  {before['parameters']:,} parameters in {before['bytes']:,} bytes became "
        f"{counted['parameters']:,} in {counted['bytes']:,}."
    )
    if before["zeros"]:
        say(
            f"  {before['zeros']:,} of {before['linear']:,} weights of linear layers were zero before, "
            f"{counted['zeros']:,} of {counted['linear']:,} are now."
        )
    say(f"  loaded again: logits within {made.record['reload']['largest_difference']:.1e}.")
    return EXIT_DONE


def _given(parsed: argparse.Namespace, names: tuple[str, ...]) -> dict[str, Any]:
    return {n: getattr(parsed, n) for n in names if getattr(parsed, n) is not None}
