"""Two selections side by side: where each comes from, and what follows from the pair.

A source says in plain values how a selection is made, so that it can be the key of a cache.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from dashboard import palette, serving
from dashboard.charts.compare import ShiftRows
from dashboard.runs.maps import Tint, map_rows, tint_of
from dashboard.runs.opening import opened, rows_of, served
from dashboard.runs.selections import (
    RankingKey,
    Setting,
    concepts_of,
    ranking_at,
    ranking_key,
    select,
)
from paser_core import selection as core
from paser_core.compare import (
    Baseline,
    Chosen,
    Comparison,
    Matching,
    Side,
    Worth,
    baseline,
    chosen,
    compare,
    matching,
    read_export,
    worth,
)
from paser_core.config import AllocationRule, ConceptsConfig, Order, of_count
from paser_core.runs import Run
from paser_core.selection import Selection, resolve_budget
from paser_core.workspace import paths

SIDES_IN_ORDER = (Side.ONLY_A, Side.BOTH, Side.ONLY_B, Side.NEITHER)  # of the legend
_COLORS = (palette.ONLY_A, palette.BOTH, palette.ONLY_B, palette.NONE)


@dataclass(frozen=True)
class Picked:
    """The selection of a run under a setting."""

    ranking: RankingKey
    budget: int


@dataclass(frozen=True)
class Simpler:
    """A baseline of a given size on a run."""

    path: str
    content: str
    kind: Baseline
    size: int
    temperature: float
    rule: str
    order: str
    seed: int  # 0 where none decides


@dataclass(frozen=True)
class Exported:
    """The selection in an export folder, as it is now."""

    folder: str
    version: tuple[int, ...]  # when the files were written, and how long they are


Source = Picked | Simpler | Exported


@dataclass(frozen=True)
class Compared:
    """A comparison, seen from the run of the first selection."""

    found: Comparison
    codes: NDArray[np.int8]  # (n,) codes of Side
    rows: Mapping[Side, NDArray[np.int64]]  # of that run, in the order of the selection they are in


def picked(run: Run, setting: Setting) -> Picked:
    """The selection that a setting makes of a run."""
    return Picked(ranking_key(run, setting), resolve_budget(setting.selection.budget, run.n))


def simpler(run: Run, setting: Setting, kind: Baseline, seed: int) -> Simpler:
    """The baseline with as many samples as the setting selects, at its temperature."""
    knobs = setting.selection
    return Simpler(
        str(run.path),
        run.content,
        kind,
        select(run, setting).n_selected,
        knobs.temperature,
        str(knobs.allocation),
        str(knobs.order),
        seed if kind.drawn else 0,
    )


def exported(folder: Path) -> Exported:
    """The export in a folder, relative to where the dashboard was started; nothing is read yet."""
    folder = (serving.started_in() / folder.expanduser()).resolve()
    if paths.is_file(folder):
        folder = folder.parent  # one of its files was named
    files = [folder / name for name in ("scores.parquet", "clusters.json")]
    version = [
        v for f in files if paths.is_file(f) for v in (f.stat().st_mtime_ns, f.stat().st_size)
    ]
    return Exported(str(folder), tuple(version))


def other_runs(run: Run) -> dict[str, Path]:
    """The other runs that are served, by a name for each."""
    here = run.path.resolve()
    return {name: path for name, path in served().items() if path.resolve() != here}


@st.cache_resource(max_entries=12, show_spinner=False)
def chosen_by(source: Source, names: tuple[str, ...]) -> Chosen:
    """The samples of a source. ``names`` ``(K,)``: of its run's clusters; an export brings its own.

    Raises:
        PaserError: the export cannot be read, or the selection cannot be made.
    """
    if isinstance(source, Exported):
        return read_export(Path(source.folder))
    if isinstance(source, Picked):
        run = opened(source.ranking.path, source.ranking.content)
        return chosen(run, ranking_at(source.ranking).at(source.budget), run.name, names)
    run = opened(source.path, source.content)
    knobs = core.Setting(
        of_count(source.size),
        source.temperature,
        AllocationRule(source.rule),
        Order(source.order),
    )
    return chosen(run, baseline(run, source.kind, knobs, source.seed), str(source.kind), names)


def selection_of(source: Source) -> Selection | None:
    """The selection behind a source; None where there was none."""
    return ranking_at(source.ranking).at(source.budget) if isinstance(source, Picked) else None


def compared(
    run: Run, a: Picked, b: Source, names: tuple[str, ...], names_b: tuple[str, ...]
) -> Compared:
    """Both sources side by side; ``a`` is of ``run``, ``names`` are what people call the clusters.

    Raises:
        PaserError: one of them cannot be made.
    """
    return _compared(str(run.path), run.content, a, b, names, names_b)


@st.cache_resource(max_entries=8, show_spinner=False)
def _compared(
    path: str,
    content: str,
    a: Picked,
    b: Source,
    names: tuple[str, ...],
    names_b: tuple[str, ...],
) -> Compared:
    run = opened(path, content)
    found = compare(chosen_by(a, names), chosen_by(b, names_b))
    rows = {
        Side.ONLY_A: rows_of(run, found.only_a),
        Side.BOTH: rows_of(run, found.both),
        Side.ONLY_B: _rows_here(run, found.only_b, found.matched),
    }
    codes = np.full(run.n, Side.NEITHER.code, np.int8)
    for side, mine in rows.items():
        codes[mine] = side.code
    return Compared(found, codes, rows)


def _rows_here(run: Run, ids: tuple[str, ...], matched: Matching) -> NDArray[np.int64]:
    """The row numbers of those samples of another selection that this run has."""
    return rows_of(run, tuple(i for i in ids if i not in matched.different))


def worth_of(run: Run, setting: Setting, source: Source, names: tuple[str, ...]) -> Worth:
    """What a source's samples are worth by this run's models, clusters and concepts."""
    return _worth(
        str(run.path),
        run.content,
        setting.selection.temperature,
        setting.concepts,
        source,
        names,
    )


@st.cache_resource(max_entries=24, show_spinner=False)
def _worth(
    path: str,
    content: str,
    temperature: float,
    concepts: ConceptsConfig,
    source: Source,
    names: tuple[str, ...],
) -> Worth:
    run = opened(path, content)
    taken = chosen_by(source, names)
    here = chosen(run, np.zeros(0, np.int64), run.name)
    rows = _rows_here(run, taken.ids, matching(here, taken))
    return worth(run, rows, temperature, concepts_of(run, concepts))


def side_tint(run: Run, found: Compared, labels: Mapping[Side, str]) -> Tint:
    """The map's points by where they are selected."""
    place = np.zeros(len(Side), np.int64)
    for i, side in enumerate(SIDES_IN_ORDER):
        place[side.code] = i
    entries = tuple((labels[s], c) for s, c in zip(SIDES_IN_ORDER, _COLORS, strict=True))
    return tint_of(place[found.codes[map_rows(run)]], entries)


def shift_order(found: Comparison) -> list[int]:
    """Places in ``found.shifts``: what A prefers first, what B prefers last."""
    shifts = [float(np.nan_to_num(s.shift)) for s in found.shifts]
    return sorted(range(len(shifts)), key=shifts.__getitem__)


def shift_rows(found: Comparison, nowhere: str, cluster: int | None) -> ShiftRows:
    """The shifts as they are drawn; ``nowhere`` names samples without a cluster."""
    shifts = [found.shifts[i] for i in shift_order(found)]
    clusters = [s.cluster for s in shifts]
    sizes = np.array([s.size for s in shifts], np.float64)
    return ShiftRows(
        names=tuple(nowhere if s.name is None else s.name for s in shifts),
        a=np.array([s.a for s in shifts]),
        b=np.array([s.b for s in shifts]),
        both=np.array([s.both for s in shifts]),
        share_a=np.array([s.share_a for s in shifts]),
        share_b=np.array([s.share_b for s in shifts]),
        share_all=sizes / max(sizes.sum(), 1.0),
        chosen=clusters.index(cluster) if cluster in clusters else None,
    )


def shift_frame(found: Comparison, nowhere: str) -> pd.DataFrame:
    """One line per cluster, in the order of the figure; shares in percent."""
    shifts = [found.shifts[i] for i in shift_order(found)]
    return pd.DataFrame(
        {
            "cluster": [nowhere if s.name is None else s.name for s in shifts],
            "size": [s.size for s in shifts],
            "a": [s.a for s in shifts],
            "b": [s.b for s in shifts],
            "both": [s.both for s in shifts],
            "share_a": [100 * s.share_a for s in shifts],
            "share_b": [100 * s.share_b for s in shifts],
            "shift": [100 * s.shift for s in shifts],
        }
    )


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
