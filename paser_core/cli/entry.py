"""The entry point of the console script: parse, run the command, turn errors into exit codes."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from paser_core import __version__
from paser_core.cli import (
    check,
    compare,
    compress,
    evaluate,
    plan,
    recover,
    report,
    run,
    score,
    select,
    serve,
    study,
    verify,
)
from paser_core.cli.streams import forgiving
from paser_core.cli.terminal import EXIT_INTERRUPTED, EXIT_MISTAKE
from paser_core.errors import PaserError

_ENVIRONMENT = {
    "OMP_WAIT_POLICY": "passive",  # threads that spin while they wait slow a busy machine tenfold
    "TOKENIZERS_PARALLELISM": "false",  # its threads and ours would fight for the same cores
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "LLM_COMPRESSOR_LOG_LEVEL": "ERROR",  # it and its sister log to the screen
    "COMPRESSED_TENSORS_LOG_LEVEL": "ERROR",
    "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",  # a run shows one bar, its own
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point of the console script; returns the exit code."""
    with forgiving():
        return _main(arguments)


def _main(arguments: Sequence[str] | None) -> int:
    parsed = parser().parse_args(arguments)
    # Before torch and the tokenizers are imported; a value that is set already is respected.
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    try:
        return int(parsed.command(parsed))
    except PaserError as error:
        print(f"paser: {error}", file=sys.stderr)  # noqa: T201
        return EXIT_MISTAKE
    except KeyboardInterrupt as error:
        told = str(error) or "the same command resumes."
        print(f"paser: interrupted; {told}", file=sys.stderr)  # noqa: T201
        return EXIT_INTERRUPTED


def parser() -> argparse.ArgumentParser:
    """Every command with its options."""
    root = argparse.ArgumentParser(
        prog="paser",
        description="Select recovery data for compressed language models, and question the answer.",
    )
    root.add_argument("--version", action="version", version=f"paser {__version__}")
    commands = root.add_subparsers(required=True, metavar="COMMAND")
    for command in (
        *(compress, plan, run, score, select, recover, evaluate, study),
        *(report, compare, check, verify, serve),
    ):
        command.add_to(commands)
    return root
