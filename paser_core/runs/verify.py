"""Whether a run is what was written, and whether its parts say the same. Runs no model.

Of an export, an evaluation or a recovered model the files are compared with what was recorded of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from paser_core.config import Aggregate
from paser_core.errors import RunError
from paser_core.runs.discovery import is_run
from paser_core.runs.folder import Run, expected_files
from paser_core.runs.identity import fingerprint_of, first_fingerprint, samples_print
from paser_core.runs.manifest import read_manifest
from paser_core.runs.schema import Files
from paser_core.runs.signals import column_of, measured_columns, measured_signals
from paser_core.stages.divergence.signal import aggregated
from paser_core.workspace.checkpoints import State
from paser_core.workspace.files import digest_of_file
from paser_core.workspace.kinds import FolderKind, kind_of, told
from paser_core.workspace.reading import reading

_CLOSE = 1e-4  # of a divergence that is computed again from what is stored


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    what: str
    problem: str | None = None  # None: it is as it should be
    good: str = "fits the rest"  # in which way it is

    @property
    def ok(self) -> bool:
        """Whether it is as it should be."""
        return self.problem is None


def verify(path: Path) -> tuple[Finding, ...]:
    """Read a finished run whole, and compute again what follows from its files.

    What is no run, but has a manifest with the sha256 of its files, is compared with these.

    Raises:
        RunError: there is neither, it is not finished, or its manifest cannot be used.
    """
    kind = kind_of(path)
    if kind is not None:
        return _as_recorded(path, kind)
    try:
        manifest = read_manifest(path)
    except RunError as error:
        if not is_run(path):
            raise
        return (Finding(Files.MANIFEST, str(error)),)
    found = [_content(Run(path, manifest), name) for name in expected_files(manifest)]
    try:
        run = Run.open(path)
    except RunError as error:
        if all(finding.ok for finding in found):
            if manifest["state"] != State.DONE:
                raise
            found.append(Finding(Files.MANIFEST, str(error)))  # no other file is to blame
        return tuple(found)
    if all(finding.ok for finding in found):
        found.extend(Finding(what, check(run)) for what, check in _CHECKS.items())
    return tuple(found)


def _as_recorded(path: Path, kind: str) -> tuple[Finding, ...]:
    """The files of what is no run."""
    if kind == FolderKind.COMPRESSED:
        raise RunError(
            f"{path}: this is {told(kind)}, and no sha256 of its files was recorded. Name a run, an "
            "export, an evaluation or a recovered model."
        )
    with reading(path / Files.MANIFEST):
        manifest = json.loads((path / Files.MANIFEST).read_bytes())
        recorded = {str(name): _digest_in(digest) for name, digest in manifest["files"].items()}
    if manifest.get("state", State.DONE) != State.DONE:
        raise RunError(
            f"{path}: this is {told(kind)} that is not finished. Start the command that made it once more "
            "with the same --out: it goes on."
        )
    return tuple(_file(path, name, digest) for name, digest in recorded.items())


def _digest_in(recorded: Any) -> str:
    """An export records the sha256 alone, what is made in stages the size as well."""
    return str(recorded if isinstance(recorded, str) else recorded["sha256"])


def _file(path: Path, name: str, digest: str) -> Finding:
    try:
        with reading(path / name):
            found = digest_of_file(path / name)["sha256"]
    except RunError as error:
        return Finding(name, str(error))
    if found == digest:
        return Finding(name, None, "as written")
    return Finding(
        name,
        f"{path / name}: the content is not what was written. Copy the whole folder again, or make it again.",
    )


def _content(run: Run, name: str) -> Finding:
    try:
        run.files.check_content(name)
    except RunError as error:
        return Finding(name, str(error))
    recorded = name in run.manifest.get("files", {})
    return Finding(
        name, None, "as written" if recorded else "readable (its sha256 is not recorded)"
    )


def _fingerprint(run: Run) -> str | None:
    if run.manifest["schema"] < 2:
        # The one thing that schema 1 says of the content of its files.
        if first_fingerprint(run.manifest, run.path) != run.fingerprint:
            return (
                "the files are not those that the fingerprint was made of. Copy the whole folder again, "
                "or start `paser run` with the same config and --out: it makes the run again."
            )
        return None
    if fingerprint_of(run.manifest) != run.fingerprint:
        return (
            "config, data, versions or weights in the manifest are not those that the fingerprint was "
            "made of: somebody has changed the manifest. Copy the whole folder again, or make the run "
            "again with another --out."
        )
    return None


def _samples(run: Run) -> str | None:
    known = run.manifest["data"].get("samples")
    if known is None or samples_print(run.samples) == known:
        return None
    return "ids and texts are not those that were read"


def _clusters(run: Run) -> str | None:
    labels = run.labels
    rows = np.flatnonzero(labels >= 0)
    stored = run.stored_labels
    if len(rows) != len(stored) or np.any(labels[rows] != stored):
        return f"the clusters in {Files.SAMPLES} are not those in {Files.CLUSTERING}"
    sizes = np.bincount(stored, minlength=run.n_clusters)
    if not np.array_equal(sizes, run.clusters["size"].to_numpy()):
        return f"the sizes in {Files.CLUSTERS} are not those that the samples add up to"
    return None


def _divergence(run: Run) -> str | None:
    stored = run.samples["divergence"].to_numpy(float)
    again = run.divergence_at(1.0)
    if np.array_equal(np.isnan(stored), np.isnan(again)) and np.allclose(
        stored, again, atol=_CLOSE, equal_nan=True
    ):
        return None
    return f"the divergence in {Files.SAMPLES} is not the one in {Files.DIVERGENCE}"


def _signals(run: Run) -> str | None:
    """The aggregates of every signal fit each other; those of the paper's are made again."""
    if not measured_columns(run):
        return None
    table = run.files.table(Files.SIGNALS)
    tokens = run.files.table(Files.TOKENS, ["divergence", "response_tokens"])
    again = np.full((run.n, len(Aggregate)), np.nan)
    for row, bits in enumerate(tokens["divergence"]):
        if len(bits):
            again[row] = aggregated(np.asarray(bits, np.float32)[:, None])[0]
    counts = tokens["response_tokens"].to_numpy(np.float64)
    for signal in measured_signals(run):
        values = {
            aggregate: table[column].to_numpy(np.float64, na_value=np.nan)
            for aggregate in Aggregate
            if (column := column_of(signal, aggregate)) in table
        }
        total, top, worst = (values[a] for a in (Aggregate.SUM, Aggregate.MAX, Aggregate.WORST))
        mean = values.get(Aggregate.MEAN, again[:, 0])
        slack = _CLOSE * np.maximum(1.0, np.abs(total))
        good = (
            (np.abs(mean * counts - total) <= slack)
            & (mean <= worst + slack)
            & (worst <= top + slack)
            & (np.abs(-np.expm1(-np.maximum(total, 0)) - values[Aggregate.FAILURE]) <= _CLOSE)
        )
        if signal == "jsd":
            for place, aggregate in enumerate(Aggregate):
                if aggregate in values:
                    good &= np.abs(values[aggregate] - again[:, place]) <= slack
        if (
            not good[np.isfinite(total)].all()
            or (np.isfinite(total) != np.isfinite(again[:, 0])).any()
        ):
            return f"the numbers of {signal} in {Files.SIGNALS} do not fit each other, or {Files.TOKENS}"
    return None


def _concepts(run: Run) -> str | None:
    if run.concepts.n == run.n:
        return None
    return f"{Files.CONCEPTS} has phrases of {run.concepts.n:,} samples"


_CHECKS: dict[str, Callable[[Run], str | None]] = {
    "fingerprint": _fingerprint,
    "ids and texts": _samples,
    "clusters": _clusters,
    "divergence": _divergence,
    "signals": _signals,
    "concepts": _concepts,
}
