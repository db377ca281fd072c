"""Runs and selections for the pages: found, opened once, shared by every session.

Caches are keyed on (folder, fingerprint) and on the setting of the knobs, never on arrays. Nothing
that is cached is ever changed.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dashboard import palette, words
from dashboard.charts import ClusterBars
from dashboard.components.scatter import LegendEntry, ScatterPoints
from dashboard.geometry import quantise
from paser_core.answer import candidates
from paser_core.config import AllocationRule, Order, SelectionConfig
from paser_core.errors import PaserError, RunError
from paser_core.run import Run, discover
from paser_core.run.folder import read_manifest
from paser_core.scoring import ClusterScores, cluster_scores
from paser_core.selection import Selection, Walk, cut, resolve_budget, walk
from paser_core.selection.select import is_nested

_DEMO = Path(__file__).resolve().parent.parent / "data" / "demo" / "run"
_HOVER_LIMIT = 10_000  # points whose texts are sent along; more would make the first paint wait
_RAMP_STEPS = 64


def folder() -> Path:
    """The folder of runs: ``PASER_RUNS``, an argument of the script, or the bundled demo."""
    given = os.environ.get("PASER_RUNS") or next(iter(sys.argv[1:]), None)
    return Path(given) if given else _DEMO


def available() -> list[Path]:
    """Runs that can be chosen.

    Raises:
        RunError: there is none.
    """
    found = discover(folder())
    if not found:
        raise RunError(
            f"{folder()}: there is no run here. Make one with `paser run CONFIG --out RUN`, then "
            "start `paser serve RUN`."
        )
    return found


def open_run(path: Path) -> Run:
    """The run at ``path``, opened once for all sessions; noticed when it is made again."""
    manifest = read_manifest(path)
    return _open(str(path), str(manifest.get("fingerprint", "")))


@st.cache_resource(max_entries=8, show_spinner=False)
def _open(path: str, fingerprint: str) -> Run:
    return Run.open(Path(path))


@st.cache_resource(max_entries=64, show_spinner=False)
def _walk(
    path: str, fingerprint: str, temperature: float, rule: str, order: str, budget: int
) -> Walk:
    """One pass; ``budget`` is 0 where the walk answers every budget."""
    run = _open(path, fingerprint)
    config = SelectionConfig(budget, temperature, AllocationRule(rule), Order(order))
    return walk(candidates(run, temperature), config)


def select(run: Run, knobs: SelectionConfig) -> Selection:
    """The same answer as :func:`paser_core.answer.select_from_run`, with the pass remembered."""
    budget = resolve_budget(knobs.budget, run.n)
    walked = _walk(
        str(run.path),
        run.fingerprint,
        knobs.temperature,
        str(knobs.allocation),
        str(knobs.order),
        0 if is_nested(knobs) else budget,
    )
    return cut(walked, budget)


@st.cache_resource(max_entries=64, show_spinner=False)
def _scores(path: str, fingerprint: str, temperature: float) -> ClusterScores:
    run = _open(path, fingerprint)
    divergence = run.divergence_at(temperature)
    return cluster_scores(divergence, run.labels, run.n_clusters, run.valid, run.config.seed)


def bars(run: Run, selection: Selection, temperature: float) -> ClusterBars:
    """The budget figure's numbers, most damaged cluster first."""
    scores = _scores(str(run.path), run.fingerprint, temperature)
    order = np.argsort(-scores.cds, kind="stable")
    return ClusterBars(
        names=tuple(run.names[k] for k in order),
        colors=tuple(palette.cluster_color(int(k)) for k in order),
        sizes=scores.sizes[order],
        cds=scores.cds[order],
        low=scores.low[order],
        high=scores.high[order],
        allocated=selection.allocated[order],
        accepted=selection.accepted[order],
    )


@dataclass(frozen=True)
class MapData:
    """A map and the rows its points stand for (invalid rows have no place on it)."""

    points: ScatterPoints
    rows: NDArray[np.int64]  # (m,) row numbers of the points


def color_choices(run: Run) -> tuple[str, ...]:
    """What the map can be coloured by."""
    measured = ("Divergence", "Efficiency (IES)") if run.has_models else ()
    return ("Cluster", *measured, *run.user_columns)


def map_data(run: Run, color: str, temperature: float) -> MapData:
    """The static part of the map."""
    # Only measured colours depend on the temperature: the others stay in the cache.
    at = temperature if color in ("Divergence", "Efficiency (IES)") else 1.0
    return _map_data(str(run.path), run.fingerprint, color, at)


@st.cache_resource(max_entries=24, show_spinner=False)
def _map_data(path: str, fingerprint: str, color: str, temperature: float) -> MapData:
    run = _open(path, fingerprint)
    rows = np.flatnonzero(run.labels >= 0)
    samples = run.samples
    positions = quantise(samples[["x", "y"]].to_numpy(np.float32)[rows])
    hover: tuple[str, ...] = ()
    if len(rows) <= _HOVER_LIMIT:
        texts = samples["instruction"].to_numpy()[rows]
        hover = tuple(words.excerpt(t, 110) for t in texts)
    label = (
        f"Map of {len(rows):,} samples in {run.n_clusters} clusters, coloured by {color}. "
        "Arrow keys move it, plus and minus zoom, 0 resets, Escape removes the lasso."
    )
    if color == "Cluster":
        index, colors, legend = _categories(
            run.labels[rows], [words.excerpt(n, 48) for n in run.names]
        )
        return MapData(ScatterPoints(positions, index, colors, legend, None, hover, label), rows)
    if color in ("Divergence", "Efficiency (IES)"):
        values = run.divergence_at(temperature)[rows]
        if color != "Divergence":
            from paser_core.scoring import efficiency

            values = efficiency(values, run.tokens[rows])
        return MapData(_continuous(positions, values, hover, label), rows)
    column = samples[color].iloc[rows]
    if column.dtype.kind in "if" and column.nunique() > len(palette.CLUSTERS):
        return MapData(_continuous(positions, column.to_numpy(np.float64), hover, label), rows)
    values_as_text = column.astype("string").fillna("(none)")
    most = values_as_text.value_counts().index[: len(palette.CLUSTERS) - 1].tolist()
    names = [words.excerpt(str(m), 40) for m in most]
    codes = values_as_text.map({m: i for i, m in enumerate(most)}).fillna(-1).to_numpy(np.int64)
    index, colors, legend = _categories(codes, names)
    return MapData(ScatterPoints(positions, index, colors, legend, None, hover, label), rows)


def _categories(
    codes: NDArray[np.integer], names: list[str]
) -> tuple[NDArray[np.uint8], tuple[str, ...], tuple[LegendEntry, ...]]:
    counts = np.bincount(codes[codes >= 0], minlength=len(names))
    colors = [palette.cluster_color(i) for i in range(len(names))]
    legend = [LegendEntry(n, c, int(k)) for n, c, k in zip(names, colors, counts, strict=True)]
    index = codes.copy()
    if (codes < 0).any():
        index[codes < 0] = len(names)
        colors.append(palette.NONE)
        legend.append(LegendEntry("Other", palette.NONE, int((codes < 0).sum())))
    return index.astype(np.uint8), tuple(colors), tuple(legend)


def _continuous(
    positions: NDArray[np.uint16], values: NDArray[np.float64], hover: tuple[str, ...], label: str
) -> ScatterPoints:
    known = np.isfinite(values)
    # The extreme 1 % on either side share the end colours: one outlier must not grey the rest.
    low, high = np.percentile(values[known], [1, 99]) if known.any() else (0.0, 1.0)
    share = np.clip((values - low) / max(high - low, 1e-12), 0, 1)
    index = np.where(known, np.nan_to_num(share) * (_RAMP_STEPS - 1), 0).astype(np.uint8)
    scale = (f"{low:.3g} or less", f"{high:.3g} or more")
    return ScatterPoints(
        positions, index, tuple(palette.ramp(_RAMP_STEPS)), (), scale, hover, label
    )


def problem_of(path: Path) -> str | None:
    """Why a run cannot be opened, or None."""
    try:
        open_run(path)
    except PaserError as error:
        return str(error)
    return None
