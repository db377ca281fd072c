"""``paser compare``: two or more selections, from runs, exports and other selectors, as tables."""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from paser_core.cli.knobs import OF_FIELD, add_options, chosen, score_first
from paser_core.cli.terminal import EXIT_DONE, aligned, say
from paser_core.text import excerpt, score

if TYPE_CHECKING:
    from paser_core.api.selected import Selection
    from paser_core.cli.terminal import Commands
    from paser_core.compare import Chosen, Comparison
    from paser_core.selection import Selection as Ranked

_NAME_WIDTH = 36  # of a cluster; longer names are cut, so that the table fits 100 columns


def add_to(commands: Commands) -> None:
    """Its options."""
    compare = commands.add_parser(
        "compare",
        help="compare two or more selections: overlap, shift per cluster, who takes what alone",
        description="Compare selections by sample id, and by text where they come from different "
        "data. A run is selected from with the options given here, an export is taken as it is. The "
        "first one is the reference.",
    )
    compare.add_argument("a", type=Path, metavar="RUN_OR_EXPORT", help="run or export folder")
    compare.add_argument(
        "others",
        type=Path,
        nargs="*",
        metavar="RUN_OR_EXPORT",
        help="what it is compared with; up to seven",
    )
    compare.add_argument(
        "--selector",
        metavar="NAME",
        action="append",
        help="Instead of another folder, or beside it, as often as wanted: as many samples of the first "
        f"run by another. {OF_FIELD}",
    )
    compare.add_argument("--seed", type=int, help=f"Of --selector; usually 0. {OF_FIELD}")
    compare.add_argument("--encoder", help=f"Of --selector, where it asks for one. {OF_FIELD}")
    add_options(compare)
    compare.set_defaults(command=_compare)


def _compare(parsed: argparse.Namespace) -> int:
    from paser_core.cli.compare_several import several_lines
    from paser_core.compare import MOST, compare
    from paser_core.errors import ConfigError

    count = 1 + len(parsed.others) + len(parsed.selector or ())
    if not 2 <= count <= MOST:
        raise ConfigError(
            f"{count} selections are named; there must be 2 to {MOST} to compare. Name another run or export "
            "folder, or a --selector to compare with; or leave some out."
        )
    for name in ("seed", "encoder"):
        if getattr(parsed, name) is not None and parsed.selector is None:
            raise ConfigError(
                f"--{name} is of the --selector that is compared with. Name that too."
            )
    first = _selection(parsed, parsed.a)
    sides = [first, *(_selection(parsed, folder) for folder in parsed.others)]
    sides += [_by_selector(parsed, first, name) for name in parsed.selector or ()]
    chosen = [side.chosen for side in sides]
    if count == 2:
        lines = _lines(compare(*chosen))
    else:
        lines = several_lines(chosen, [side.selection for side in sides])
    for line in lines:
        say(line)
    return EXIT_DONE


@dataclass(frozen=True)
class _Side:
    chosen: Chosen
    selection: Ranked | None  # None: an export, or of another run than the first
    of: Selection | None = None  # as the front door has it; None: an export


def _selection(parsed: argparse.Namespace, folder: Path) -> _Side:
    """The export in ``folder``, or the selection that the options make of the run there."""
    from paser_core.compare import is_export, read_export

    if is_export(folder):
        return _Side(read_export(folder, str(folder)), None)
    made = _selected(parsed, folder)
    same = folder.resolve() == parsed.a.resolve()
    return _Side(made.chosen(), made.answer if same else None, made)


def _by_selector(parsed: argparse.Namespace, first: _Side, name: str) -> _Side:
    """As many samples of the first run by another selector.

    People's decisions do not count there: it says what the rule alone would do.
    """
    from paser_core.compare import chosen as chosen_of
    from paser_core.errors import ConfigError
    from paser_core.selection import selector_of
    from paser_core.selection.of_run import select_from_run

    drawn = selector_of(name).drawn
    if first.of is None:
        raise ConfigError(
            f"{parsed.a}: a --selector selects from a run, and this is an export. Name the run "
            "folder instead."
        )
    run, ours = first.of.run, first.chosen
    other = first.of.setting.alone(name, ours.n, parsed.seed or 0)
    if parsed.encoder is not None:
        other = other.changed(encoder=parsed.encoder)
    score_first(run, other)
    label = f"{other.selector}, seed {other.seed}" if drawn else other.selector
    made = select_from_run(run, other)
    return _Side(chosen_of(run, made, label, ours.names), made)


def _selected(parsed: argparse.Namespace, folder: Path) -> Selection:
    """The selection that the options make of the run in a folder, and what is to be said of it."""
    from paser_core.selection import budget_told

    of_other = dict.fromkeys(("config", "selector", "seed", "encoder"))
    options = vars(parsed) | {"run": folder, **of_other}
    selection = chosen(argparse.Namespace(**options))
    run = selection.run
    score_first(run, selection.setting)
    for warning in selection.warnings:
        say(f"Note: {run.path}: {warning}")
    say(f"{run.path}: budget {budget_told(selection.setting.budget, run.n)}")
    return selection


def _lines(found: Comparison) -> list[str]:
    """The comparison as aligned plain text."""
    a, b = found.a, found.b
    lines = [
        f"A  {a.label}: {a.n:,} of {len(a.universe):,} samples",
        f"B  {b.label}: {b.n:,} of {len(b.universe):,} samples",
        "",
        *aligned(
            [
                ["in both", f"{len(found.both):,}"],
                ["only in A", f"{len(found.only_a):,}"],
                ["only in B", f"{len(found.only_b):,}"],
                ["Jaccard index", score(found.jaccard)],
                ["overlap coefficient", score(found.overlap)],
            ]
        ),
    ]
    if found.matched.note is not None:
        lines.append(found.matched.note)
    if found.chance is not None:
        chance = found.chance
        lines.append(
            f"By chance {chance.mean:,.1f} would be in both (95 %: {chance.low:,} to "
            f"{chance.high:,} of {chance.population:,} that can be selected)."
        )
    lines += found.unmatched
    rows = [["cluster of A", "size", "A", "B", "both", "% of A", "% of B", "shift"]]
    rows.extend(
        [
            excerpt("(none in A's run)" if shift.name is None else shift.name, _NAME_WIDTH),
            *(f"{count:,}" for count in (shift.size, shift.a, shift.b, shift.both)),
            *(f"{100 * _known(share):.1f}" for share in (shift.share_a, shift.share_b)),
            f"{100 * _known(shift.shift):+.1f}",
        ]
        for shift in sorted(found.shifts, key=lambda s: -abs(_known(s.shift)))
    )
    return [*lines, "", *aligned(rows)]


def _known(share: float) -> float:
    return 0.0 if math.isnan(share) else share  # nothing was selected
