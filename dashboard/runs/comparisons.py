"""Two selections side by side: where each comes from, and what follows from the pair.

A source says in plain values how a selection is made, so that it can be the key of a cache.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard import palette, serving
from dashboard.charts.compare import ShiftRows
from dashboard.runs.maps import Tint, map_rows, tint_of
from dashboard.runs.opening import opened, remembered, rows_of, served
from dashboard.runs.selections import concepts_of, select
from paser_core.compare import (
    Chosen,
    Comparison,
    Matching,
    Side,
    Worth,
    chosen,
    compare,
    matching,
    read_export,
    worth,
)
from paser_core.config import ConceptsConfig, SelectionConfig
from paser_core.errors import ConfigError, SelectionError
from paser_core.runs import Run
from paser_core.selection import Selection, Setting, selector_of
from paser_core.selection.export_files import ExportFile
from paser_core.workspace import paths

SIDES_IN_ORDER = (Side.ONLY_A, Side.BOTH, Side.ONLY_B, Side.NEITHER)  # of the legend
_COLORS = (palette.ONLY_A, palette.BOTH, palette.ONLY_B, palette.NONE)


@dataclass(frozen=True)
class Selected:
    """The selection of a run under a setting."""

    path: str
    content: str
    setting: Setting

    @property
    def run(self) -> Run:
        """What it is selected from."""
        return opened(self.path, self.content)


@dataclass(frozen=True)
class Exported:
    """The selection in an export folder, as it is now."""

    folder: str
    version: tuple[int, ...]  # when the files were written, and how long they are


Source = Selected | Exported


@dataclass(frozen=True)
class Compared:
    """A comparison, seen from the run of the first selection."""

    found: Comparison
    codes: NDArray[np.int8]  # (n,) codes of Side
    rows: Mapping[Side, NDArray[np.int64]]  # of that run, in the order of the selection they are in


def selected(run: Run, setting: Setting) -> Selected:
    """The selection that a setting makes of a run."""
    return Selected(str(run.path), run.content, setting)


def by_selector(run: Run, setting: Setting, selector: str, seed: int) -> Selected:
    """What another selector makes of as many samples as the setting selects."""
    return selected(run, setting.alone(selector, select(run, setting).n_selected, seed))


def missing_scores(run: Run, setting: Setting, selector: str) -> str | None:
    """What a selector needs that no model has made yet, and the command for it; None: nothing.

    The app runs no model: it reads the scores that are there.
    """
    needs = selector_of(selector).needs
    if needs is None:
        return None
    try:
        run.scores(needs, setting.scores)
    except (SelectionError, ConfigError) as error:
        return str(error)
    return None


def exported(folder: Path) -> Exported:
    """The export in a folder, relative to where the dashboard was started; nothing is read yet."""
    folder = (serving.started_in() / folder.expanduser()).resolve()
    if paths.is_file(folder):
        folder = folder.parent  # one of its files was named
    files = [folder / name for name in (ExportFile.SCORES, ExportFile.CLUSTERS)]
    version = [
        v for f in files if paths.is_file(f) for v in (f.stat().st_mtime_ns, f.stat().st_size)
    ]
    return Exported(str(folder), tuple(version))


def other_runs(run: Run) -> dict[str, Path]:
    """The other runs that are served, by a name for each."""
    here = run.path.resolve()
    return {name: path for name, path in served().items() if path.resolve() != here}


@remembered(12)
def chosen_by(source: Source, names: tuple[str, ...]) -> Chosen:
    """The samples of a source. ``names`` ``(K,)``: of its run's clusters; an export brings its own.

    Raises:
        PaserError: the export cannot be read, or the selection cannot be made.
    """
    if isinstance(source, Exported):
        return read_export(Path(source.folder))
    return chosen(source.run, select(source.run, source.setting), source.run.name, names)


def selection_of(source: Source) -> Selection | None:
    """The selection behind a source; None where there was none."""
    return select(source.run, source.setting) if isinstance(source, Selected) else None


@remembered(8)
def compared(
    run: Run, a: Selected, b: Source, names: tuple[str, ...], names_b: tuple[str, ...]
) -> Compared:
    """Both sources side by side.

    Args:
        run: what the comparison is seen from.
        a: of this run.
        b: of any.
        names: ``(K,)`` what people call the run's clusters.
        names_b: the same of the other run's.

    Raises:
        PaserError: one of them cannot be made.
    """
    found = compare(chosen_by(a, names), chosen_by(b, names_b))
    rows = {
        Side.ONLY_A: rows_of(run, found.only_a),
        Side.BOTH: rows_of(run, found.both),
        Side.ONLY_B: _rows_here(run, found.only_b, found.matched),
    }
    return Compared(found, found.sides(run.ids), rows)


def _rows_here(run: Run, ids: tuple[str, ...], matched: Matching) -> NDArray[np.int64]:
    """The row numbers of those samples of another selection that this run has."""
    return rows_of(run, tuple(i for i in ids if i not in matched.different))


def worth_of(run: Run, setting: Setting, source: Source, names: tuple[str, ...]) -> Worth:
    """What a source's samples are worth by this run's models, clusters and concepts."""
    return _worth(run, setting.measure, setting.concepts, source, names)


@remembered(24)
def _worth(
    run: Run,
    by: SelectionConfig,
    concepts: ConceptsConfig,
    source: Source,
    names: tuple[str, ...],
) -> Worth:
    taken = chosen_by(source, names)
    here = chosen(run, np.zeros(0, np.int64), run.name)
    rows = _rows_here(run, taken.ids, matching(here, taken))
    return worth(run, rows, by, concepts_of(run, concepts))


def side_tint(run: Run, found: Compared, labels: Mapping[Side, str]) -> Tint:
    """The map's points by where they are selected."""
    entries = [(s.code, labels[s], c) for s, c in zip(SIDES_IN_ORDER, _COLORS, strict=True)]
    return tint_of(found.codes[map_rows(run)], entries)


def shift_order(found: Comparison) -> list[int]:
    """Places in ``found.shifts``: what A prefers first, what B prefers last."""
    shifts = [float(np.nan_to_num(s.shift)) for s in found.shifts]
    return sorted(range(len(shifts)), key=shifts.__getitem__)


def shift_rows(found: Comparison, nowhere: str, cluster: int | None) -> ShiftRows:
    """The shifts as they are drawn; ``nowhere`` names samples without a cluster."""
    shifts = [found.shifts[i] for i in shift_order(found)]
    clusters = [s.cluster for s in shifts]
    sizes = np.array([s.size for s in shifts], np.float64)
    counted = ("a", "b", "both", "share_a", "share_b")
    return ShiftRows(
        names=tuple(nowhere if s.name is None else s.name for s in shifts),
        **{name: np.array([getattr(s, name) for s in shifts]) for name in counted},
        share_all=sizes / max(sizes.sum(), 1.0),
        chosen=clusters.index(cluster) if cluster in clusters else None,
    )


def shift_frame(found: Comparison, nowhere: str) -> pd.DataFrame:
    """One line per cluster, in the order of the figure; shares in percent."""
    shifts = [found.shifts[i] for i in shift_order(found)]
    named = [nowhere if s.name is None else s.name for s in shifts]
    counts = {name: [getattr(s, name) for s in shifts] for name in ("size", "a", "b", "both")}
    shares = {
        name: [100 * getattr(s, name) for s in shifts] for name in ("share_a", "share_b", "shift")
    }
    return pd.DataFrame({"cluster": named, **counts, **shares})


def unknown_frame(found: Comparison) -> pd.DataFrame:
    """What B selected and A's data set does not have: id, and the cluster it has in B."""
    b = found.b
    clusters = [b.cluster_of[i] for i in found.unknown_to_a]
    return pd.DataFrame(
        {
            "id": list(found.unknown_to_a),
            "cluster": [b.names[k] if k >= 0 else "–" for k in clusters],
        }
    )
