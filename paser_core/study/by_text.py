"""Texts that models predict token by token (``ppl:FILE``): the bits that a byte costs, selector by selector.

Nothing is right or wrong in a text, so nothing is retained of it; what is compared is bits per byte, and
less is better. A text's windows are its items: an evaluation counts their bytes, the tables each window once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from paser_core.study.formatted import count, file_name, p_value, seeds_of, with_range
from paser_core.study.frames import grouped, records
from paser_core.study.results import Results, development_items, part_of
from paser_core.study.statistics.arms import Questions
from paser_core.study.statistics.counts import holm
from paser_core.study.statistics.difference import Difference, difference, estimate
from paser_core.study.steps import ORIGINAL
from paser_core.study.table import Table
from paser_core.text import plural

_LEVEL = 0.05
_COSTS = ("samples", "tokens", "tokens_trained", "cpu_seconds")


def by_text(results: Results, part: str) -> Iterator[Table]:
    """A table for each text, compression, budget and recovery; none where every task has questions.

    Args:
        results: of the study.
        part: ``test``, ``development`` or ``all`` windows, drawn as questions are.
    """
    for task, windows in texts_of(results).items():
        ids, share = windows.index.tolist(), results.config.split.development
        chosen = part_of(development_items(ids, share), part)
        if not chosen.any():
            yield _nothing(results, task, len(windows), part)
            continue
        text = _Text(results, task, windows[chosen], part)
        for names, cells in grouped(results.cells, ["compression", "budget", "recovery"]):
            if (table := text.table(names, cells)) is not None:
                yield table


def texts_of(results: Results) -> dict[str, pd.DataFrame]:
    """Bits per byte by task, those in which nothing has a score: windows × keys of cells and models."""
    items = results.items
    if "bits_per_byte" not in items.columns:
        return {}
    found = {}
    for task in items["task"].astype(str).unique():
        own = items[items["task"].astype(str) == task]
        if own["score"].notna().any() or not own["bits_per_byte"].notna().any():
            continue
        plain = own.astype({"id": str, "key": str})
        found[task] = plain.pivot(index="id", columns="key", values="bits_per_byte")
    return found


def _nothing(results: Results, task: str, windows: int, part: str) -> Table:
    why = (
        f"None of its {plural(windows, 'window')} is one of {part} (split.development is "
        f"{results.config.split.development:g}). Count all of them (--items all)."
    )
    frame = pd.DataFrame([{"text": task, "why": why}])
    return Table(f"text-{file_name(task)}", f"Bits per byte: {task}", frame, frame)


@dataclass(frozen=True)
class _Text:
    """One text, on the windows of a part."""

    results: Results
    task: str
    windows: pd.DataFrame  # (w, keys) bits per byte
    part: str

    def table(self, names: Sequence[str], cells: pd.DataFrame) -> Table | None:
        """The arms of a compression, a budget and a recovery; None where no cell of them is finished."""
        compression = names[0]
        arms = {selector: of for (selector,), of in grouped(cells, ["selector"])}
        bits = {selector: self._bits(of) for selector, of in arms.items()}
        if not any(map(len, bits.values())):
            return None
        gaps = self._gaps(bits)
        adjusted = dict(
            zip(gaps, holm([None if g is None else g.p for g in gaps.values()]), strict=True)
        )
        models = {ORIGINAL: ORIGINAL, "compressed": compression}
        rows = [
            {"selector": title, "bits_per_byte": self._of_model(name)}
            for title, name in models.items()
        ]
        for selector, of in arms.items():
            done = of[of["status"] == "done"]
            gap = gaps.get(selector)
            rows.append(
                {
                    "selector": selector,
                    **self._figures(bits[selector]),
                    "seeds": len(bits[selector]),
                }
                | _of_gap(gap)
                | {"gap_p_holm": adjusted.get(selector)}
                | {"missing": int((of["status"] != "done").sum())}
                | {name: float(done[name].mean()) for name in _COSTS if name in done}
            )
        numbers = pd.DataFrame(rows)
        return Table(
            "-".join(["text", *map(file_name, (self.task, *names))]),
            f"Bits per byte: {self.task}: {', '.join(names)}",
            numbers,
            pd.DataFrame([_text(row) for row in records(numbers)]),
            self._bold(bits),
            self._notes(numbers, [gap for gap in gaps.values() if gap is not None]),
        )

    @property
    def _asked(self) -> Questions:
        return Questions([self.task] * len(self.windows))

    def _bits(self, cells: pd.DataFrame) -> NDArray[np.float64]:
        """``(seeds, windows)`` of the finished cells of an arm."""
        done = cells[cells["status"] == "done"].sort_values("number")["key"].drop_duplicates()
        known = [k for k in done if k in self.windows and self.windows[k].notna().any()]
        return self.windows[known].to_numpy(np.float64).T

    def _of_model(self, name: str) -> float | None:
        key = f"model/{name}"
        return float(self.windows[key].mean()) if key in self.windows else None

    def _figures(self, bits: NDArray[np.float64]) -> dict[str, Any]:
        if not len(bits):
            return {}
        of_seeds = np.nanmean(bits, axis=1)
        known = estimate(bits, self._asked)
        sd = float(of_seeds.std(ddof=1)) if len(bits) > 1 else None
        return {
            "bits_per_byte": float(of_seeds.mean()),
            "bits_per_byte_sd": sd,
            "bits_per_byte_low": known.low,
            "bits_per_byte_high": known.high,
        }

    def _gaps(self, bits: dict[str, NDArray[np.float64]]) -> dict[str, Difference | None]:
        """Of every selector but the reference; None where one of the two has no finished cell."""
        reference = self.results.config.reference
        theirs = bits.get(reference, np.empty((0, 0)))
        return {
            selector: difference(ours, theirs, self._asked) if len(ours) and len(theirs) else None
            for selector, ours in bits.items()
            if selector != reference
        }

    def _bold(self, bits: dict[str, NDArray[np.float64]]) -> frozenset[tuple[int, str]]:
        """The arm with the fewest, where it has fewer than every other (Holm over these comparisons)."""
        known = {selector: one for selector, one in bits.items() if len(one)}
        if len(known) < 2:
            return frozenset()
        best = min(known, key=lambda selector: float(np.nanmean(known[selector])))
        others = [one for selector, one in known.items() if selector != best]
        adjusted = holm([difference(known[best], one, self._asked).p for one in others])
        if not all(p is not None and p < _LEVEL for p in adjusted):
            return frozenset()
        return frozenset({(list(bits).index(best) + 2, "bits per byte")})  # below the two models

    def _notes(self, numbers: pd.DataFrame, gaps: Sequence[Difference]) -> tuple[str, ...]:
        of = "" if self.part == "all" else f" {self.part}"
        said = [
            f"Mean ± standard deviation over seeds, on {len(self.windows):,}{of} windows of the text, each "
            "counted once; an evaluation counts their bytes. Less is better.",
            f"gap: difference to {self.results.config.reference} with its 95 % interval, windows and seeds "
            "drawn; p after Holm over the rows beside each other. Bold: fewer than every other row by such "
            "a test.",
            *dict.fromkeys(gap.why_not for gap in gaps if gap.why_not),
        ]
        if missing := int(np.nansum(numbers["missing"])):
            said.append(
                f"{plural(missing, 'cell')} of these rows {'is' if missing == 1 else 'are'} not finished, or "
                "diverged, and in no figure."
            )
        return tuple(said)


def _of_gap(gap: Difference | None) -> dict[str, float | None]:
    if gap is None:
        return dict.fromkeys(("gap", "gap_low", "gap_high", "gap_p"))
    return {"gap": gap.value, "gap_low": gap.low, "gap_high": gap.high, "gap_p": gap.p}


def _text(row: dict[str, Any]) -> dict[str, str]:
    bits, sd = row.get("bits_per_byte"), row.get("bits_per_byte_sd")
    told = "–" if pd.isna(bits) else f"{bits:.3f}" + ("" if pd.isna(sd) else f" ± {sd:.3f}")
    return {
        "selector": str(row["selector"]),
        "bits per byte": told,
        "gap": with_range(*(row.get(f"gap{end}") for end in ("", "_low", "_high"))),
        "p": p_value(row.get("gap_p_holm")),
        "tokens": count(row.get("tokens")),
        "processor seconds": count(row.get("cpu_seconds")),
        "seeds": seeds_of(row),
    }
