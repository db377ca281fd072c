"""``paser verify``: whether a run, or what was made from it, is what was written, to the last byte."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from paser_core.cli.terminal import EXIT_DEFECT, EXIT_DONE, say

if TYPE_CHECKING:
    from paser_core.cli.terminal import Commands


def add_to(commands: Commands) -> None:
    """Its options."""
    verify = commands.add_parser(
        "verify", help="look whether a run, an export … is damaged; exit code 1 if so"
    )
    verify.add_argument(
        "run",
        type=Path,
        metavar="RUN",
        help="folder of a run, an export, an evaluation or a recovered model",
    )
    verify.set_defaults(command=_verify)


def _verify(parsed: argparse.Namespace) -> int:
    from paser_core.runs import read_manifest
    from paser_core.runs.verify import verify
    from paser_core.workspace.kinds import kind_of, told

    found = verify(parsed.run)
    for finding in found:
        say(f"  {finding.what}: {finding.good if finding.ok else 'DAMAGED'}")
        if finding.problem is not None:
            say(f"    {finding.problem}")
    bad = [finding.what for finding in found if not finding.ok]
    if bad:
        say(f"{parsed.run}: damaged ({', '.join(bad)}).")
        return EXIT_DEFECT
    kind = kind_of(parsed.run)
    if kind is not None:
        say(
            f"{parsed.run}: whole. It is {told(kind)}, not a run: its files are those that were written, and "
            "what they say is not computed again."
        )
        return EXIT_DONE
    manifest = read_manifest(parsed.run)
    if manifest["schema"] < 2:
        say(
            f"{parsed.run}: the files are those of the fingerprint. The sha256 of each of them was not "
            "recorded: this run was made before schema 2."
        )
    say(f"{parsed.run}: whole. Fingerprint {manifest['fingerprint']}")
    return EXIT_DONE
