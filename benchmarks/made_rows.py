"""Rows of any number out of the real ones, and a run on them whose graph and models are stand-ins.

The first 43,841 are the real ones; of every further copy a seventh of the words are those of other rows,
so that texts, words and concepts go on growing as those of a larger pool do. What costs time in the
graph and in the models is measured elsewhere (``bench_structure.py``, ``bench_scoring.py``): here both
write files of the right shapes at once, and what is left is what a row costs by itself.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from shared_data import ROOT, shared

from paser_core.config import RunConfig, parse_config
from paser_core.measure import Loaders, run_pipeline, stages
from paser_core.measure import divergence as models
from paser_core.measure.work import Work
from paser_core.protocols import Progress
from paser_core.runs import Files
from paser_core.runs.groups import TOKENS_A_GROUP
from paser_core.stages.divergence import temperature_nodes

FOLDER = ROOT / "build" / "rows"
CLUSTERS = 14
_CHANGED = 1 / 7  # of the words of a copy
_WORD = re.compile(r"[A-Za-z]{4,}")
_AT_ONCE = 50_000
_TOKENS = 24  # of a made response


def made_rows(n: int) -> tuple[Path, Path]:
    """The data as JSON lines and their vectors; made once."""
    data, vectors = FOLDER / f"{n}.jsonl", FOLDER / f"{n}.npy"
    if not (data.exists() and vectors.exists()):
        FOLDER.mkdir(parents=True, exist_ok=True)
        with data.with_suffix(".part").open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in _rows(n))
        _write_vectors(vectors, n)
        data.with_suffix(".part").rename(data)
    return data, vectors


def _rows(n: int) -> Iterator[dict[str, str]]:
    rows: list[Any] = pd.read_parquet(shared("instructions.parquet")).to_dict("records")
    words = [word for row in rows[::7] for word in _WORD.findall(row["instruction"])]
    for number in range(n):
        copy, place = divmod(number, len(rows))
        row = rows[place]
        if copy:
            random = np.random.default_rng([copy, place])
            row = {**row, "id": f"{row['id']}-{copy}"}
            for name in ("instruction", "output"):
                row[name] = _WORD.sub(_changer(words, random, len(row[name])), row[name])
        yield row


def _changer(
    words: list[str], random: np.random.Generator, length: int
) -> Callable[[re.Match[str]], str]:
    drawn = iter(random.integers(0, int(len(words) / _CHANGED), length // 4 + 1).tolist())

    def change(match: re.Match[str]) -> str:
        number = next(drawn)
        return words[number] if number < len(words) else match.group()

    return change


def _write_vectors(path: Path, n: int) -> None:
    known = np.load(shared("instructions_vectors.npy"), mmap_mode="r")
    out = np.lib.format.open_memmap(path, "w+", np.float16, (n, known.shape[1]))
    for start in range(0, n, _AT_ONCE):
        rows = np.arange(start, min(start + _AT_ONCE, n))
        part = np.asarray(known[rows % len(known)], np.float32)
        noise = np.random.default_rng(start).normal(size=part.shape).astype(np.float32)
        part += np.where(rows[:, None] < len(known), 0, 0.02) * noise
        out[rows] = part / np.linalg.norm(part, axis=1, keepdims=True)
    out.flush()


def config_of(n: int, *, with_models: bool = False) -> RunConfig:
    """A run on ``n`` rows with given vectors."""
    data, vectors = made_rows(n)
    tree: dict[str, Any] = {
        "data": {"path": str(data)},
        "embedding": {"precomputed": str(vectors)},
    }
    if with_models:
        tree["models"] = {"original": "a", "compressed": "b"}
    return parse_config(tree)


def made_run(
    n: int, out: Path, watch: Callable[[dict[str, Any]], None], *, with_models: bool = False
) -> None:
    """Make the run, with stand-ins for the graph and the models.

    Args:
        n: rows.
        out: the folder.
        watch: told every event of the run.
        with_models: whether a damage was measured (drawn at random here).
    """
    for name, stand_in in (
        ("write_manifold", _manifold),
        ("write_clustering", _clustering),
        ("write_layout", _layout),
    ):
        setattr(stages, name, stand_in)
    models.__dict__["write_divergence"] = _divergence

    def none() -> Any:
        raise AssertionError("vectors are given, and nothing is measured")

    run_pipeline(config_of(n, with_models=with_models), out, Loaders(none, none), watch)


def _manifold(work: Work, _: Progress) -> None:
    rows = work.given.readable(work.store).rows
    coordinates = np.random.default_rng(0).normal(size=(len(rows), 14))
    arrays: dict[str, NDArray[Any]] = {
        "rows": rows,
        "coordinates": coordinates,
        "eigenvalues": np.linspace(1, 0.9, 14),
        "time": np.array(1.0),
    }
    work.store.write_arrays(Files.MANIFOLD, arrays)


def _clustering(work: Work, _: Progress) -> None:
    v = len(work.store.read_arrays(Files.MANIFOLD)["rows"])
    labels = (np.arange(v) % CLUSTERS).astype(np.int32)
    memberships = np.full((v, CLUSTERS), 0.5 / (CLUSTERS - 1), np.float32)
    memberships[np.arange(v), labels] = 0.5
    arrays: dict[str, NDArray[Any]] = {
        "labels": labels,
        "memberships": memberships,
        "places": np.zeros(v, np.int16),
        "k": np.array([CLUSTERS]),
        "errors": np.array([0.1]),
        "scores": np.array([np.nan]),
        "criterion": np.array("eigengap"),
        "reason": np.array("a stand-in"),
        "stability": np.array(np.nan),
        "stability_per_cluster": np.full(CLUSTERS, np.nan),
        "stability_rounds": np.array(0),
    }
    work.store.write_arrays(Files.CLUSTERING, arrays)


def _layout(work: Work, _: Progress) -> None:
    v = len(work.store.read_arrays(Files.MANIFOLD)["rows"])
    deep = np.random.default_rng(0).normal(size=(v, 3)).astype(np.float32)
    work.store.write_arrays(Files.LAYOUT, {"flat": deep[:, :2], "deep": deep})


def _divergence(work: Work, _: Progress) -> None:
    n, nodes = len(work.given.texts), temperature_nodes(work.config.divergence.nodes)
    random = np.random.default_rng(0)
    values = random.random((n, 1), np.float32) * np.linspace(0.4, 0.2, len(nodes), dtype=np.float32)
    ends = pa.array(np.arange(n + 1, dtype=np.int32) * _TOKENS)
    pieces = pa.array([f"piece{i}" for i in range(1000)])
    table = pa.table(
        {
            "tokens": pa.ListArray.from_arrays(
                ends, pieces.take(pa.array(random.integers(0, 1000, n * _TOKENS)))
            ),
            "divergence": pa.ListArray.from_arrays(
                ends, pa.array(random.random(n * _TOKENS, np.float32))
            ),
            "truncated": pa.array(np.zeros(n, bool)),
            "prompt_tokens": pa.array(random.integers(20, 300, n)),
            "response_tokens": pa.array(random.integers(8, 300, n)),
            "problem": pa.nulls(n, pa.string()),
        }
    )
    work.store.write_table(Files.TOKENS, table, TOKENS_A_GROUP)
    names = ("jsd_max", "kl_mean", "kl_max")
    signals = {name: pa.array(random.random(n, np.float32)) for name in names}
    work.store.write_table(Files.SIGNALS, pa.table(signals))
    work.store.write_array(Files.DIVERGENCE, values.astype(np.float32))
    model = {"fingerprint": "0" * 64}
    work.manifest.update(
        {
            "temperatures": nodes.tolist(),
            "models": {
                "original": {"name": "a", **model},
                "compressed": {"name": "b", **model},
                "template": "chat",
            },
        }
    )


class Meter:
    """Seconds and the highest memory of this process, part by part."""

    def __init__(self) -> None:
        self.parts: dict[str, tuple[float, float, float]] = {}
        self._start()

    def _start(self) -> None:
        Path("/proc/self/clear_refs").write_text("5")
        self._wall, self._work = time.monotonic(), time.process_time()

    def part(self, name: str) -> None:
        """What was done since the last part: seconds, seconds of the processor, GB."""
        peak = next(
            line for line in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in line
        )
        self.parts[name] = (
            time.monotonic() - self._wall,
            time.process_time() - self._work,
            int(peak.split()[1]) / 2**20,
        )
        self._start()
