"""How often the concept graph is right, by what people think of its rejections.

The rejected samples are judged in an order that a seed draws, so those judged first are a simple random
sample of all. Only that leading stretch counts: who judges other samples, or judged them in another
setting, must not move the figure. What is judged is the conflict that the ledger names, the first of the
sample's. The rejections are those of the method alone: whoever forces in what they found to be a false
conflict would otherwise take it out of the count, and the graph would look better for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from paser_core.evaluate.figures import wilson
from paser_core.review import Clash, Edit, ReviewState, Verdict, unpack
from paser_core.runs import Run
from paser_core.selection import Selection, Setting, Status
from paser_core.selection.conflicts import ConflictTable
from paser_core.selection.evidence import Conflict
from paser_core.selection.of_run import select_from_run
from paser_core.text import either, percent, plural

LEVEL = 0.95
FEW = 30  # of so many verdicts the interval reaches up to 17 points to either side
_Z = NormalDist().inv_cdf((1 + LEVEL) / 2)


@dataclass(frozen=True)
class Precision:
    """Verdicts on the rejected samples of a selection, and the share of true conflicts."""

    rejected: int
    true: int = 0
    false: int = 0
    unsure: int = 0
    disputed: int = 0  # one says true, another one false
    further: int = 0  # of those that are false: rejected for further pairs, too
    waiting: int = 0  # judged out of turn: they count once those before them are judged
    outdated: int = 0  # rejected, but judged for another conflict
    shared: int = 0  # judged by several people
    agreed: int = 0  # of these: all of them say the same

    @property
    def judged(self) -> int:
        """Rejected samples that somebody has judged, in turn."""
        return self.true + self.false + self.unsure + self.disputed

    @property
    def share(self) -> float:
        """True conflicts among those that are settled; NaN where none is."""
        settled = self.true + self.false
        return self.true / settled if settled else float("nan")

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval of the share; NaN where nothing is settled."""
        settled = self.true + self.false
        return wilson(self.share, settled, _Z) if settled else (float("nan"), float("nan"))


@dataclass(frozen=True)
class Rejections:
    """What conflicts reject at a budget, in the order in which it is judged."""

    rows: NDArray[np.int64]  # (R,)
    ids: Sequence[str]  # of all samples of the run
    table: ConflictTable

    @classmethod
    def of(
        cls, selection: Selection, ids: Sequence[str], seed: int, table: ConflictTable | None = None
    ) -> Rejections:
        """Put what a selection rejects in a random order, without replacement.

        The place of a sample follows from its id and the seed alone, so that another budget leaves out
        or adds samples, and all others keep their order.

        Args:
            selection: without people's decisions: see :func:`by_method`.
            ids: of all samples.
            seed: of the order.
            table: the conflicts of its ranking, where they are known.
        """
        rows = np.flatnonzero(selection.status == Status.CONFLICT.code).tolist()
        rows.sort(key=lambda row: _lot(ids[row], seed))
        return cls(np.array(rows, np.int64), ids, table or ConflictTable.of(selection.ranking))

    @classmethod
    def of_run(cls, run: Run, setting: Setting) -> Rejections:
        """Those of a run at a setting; its own seed orders them."""
        return cls.of(select_from_run(run, by_method(setting)), run.ids, run.config.seed)

    def clash(self, row: int) -> Clash:
        """The conflict of one of the rows that is judged."""
        first = self.conflicts(row)[0]
        accepted = (self.ids[first.first_from], self.ids[first.second_from])
        return Clash(self.ids[row], (first.first, first.second), accepted)

    def conflicts(self, row: int) -> tuple[Conflict, ...]:
        """All conflicts of one of the rows."""
        found = self.table.evidence(row, whole=False)
        assert found is not None  # it was rejected
        return found.conflicts


def by_method(setting: Setting) -> Setting:
    """A setting without what people forced."""
    return replace(setting, forced_in=(), forced_out=())


def _lot(sample: str, seed: int) -> bytes:
    return blake2b(f"{seed}\0{sample}".encode(), digest_size=16).digest()


def settled(verdicts: Mapping[str, Edit]) -> Verdict | None:
    """What several people's verdicts on one conflict come to; None where they contradict.

    Who is unsure leaves it to those who are not.
    """
    sure = {_said(edit) for edit in verdicts.values()} - {Verdict.UNSURE}
    if len(sure) > 1:
        return None
    return sure.pop() if sure else Verdict.UNSURE


def precision(rejected: Rejections, state: ReviewState) -> Precision:
    """Count the verdicts on the conflicts that reject samples."""
    about = {clash.sample for clash in state.verdicts}
    counts: Counter[str] = Counter()
    in_turn = True
    for row in rejected.rows.tolist():
        verdicts: Mapping[str, Edit] = {}
        if rejected.ids[row] in about:
            verdicts = state.verdicts.get(rejected.clash(row), {})
            counts["outdated"] += not verdicts
        in_turn = in_turn and bool(verdicts)
        if not verdicts:
            continue
        if not in_turn:
            counts["waiting"] += 1
            continue
        verdict = settled(verdicts)
        counts[str(verdict) if verdict else "disputed"] += 1
        if verdict is Verdict.FALSE:
            counts["further"] += len(rejected.conflicts(row)) > 1
        if len(verdicts) > 1:
            counts["shared"] += 1
            counts["agreed"] += len({_said(edit) for edit in verdicts.values()}) == 1
    return Precision(len(rejected.rows), **counts)


def told(found: Precision) -> tuple[str, ...]:
    """The figure in sentences, with what it leaves out. Plain text."""
    if not found.judged:
        first = f"Nobody has judged any of {plural(found.rejected, 'rejected sample')} in turn yet."
        return (first, *_left_out(found))
    number = found.true + found.false
    many = f"{found.judged:,} of {plural(found.rejected, 'rejected sample')} judged"
    if not number:
        return (f"No verdict on a conflict is settled; {many}.", *_beside(found), *_left_out(found))
    low, high = found.interval
    sentences = [
        f"Precision of the concept graph: {percent(found.share)} (95 % interval "
        f"{percent(low)} to {percent(high)}): {found.true:,} of {plural(number, 'conflict')} "
        f"{'is' if found.true == 1 else 'are'} true; {many}."
    ]
    if number < FEW:
        sentences.append(
            f"Few verdicts: {number:,}. Judge {FEW} or more before you build on the figure."
        )
    return (*sentences, *_beside(found), *_left_out(found))


def _beside(found: Precision) -> list[str]:
    said = []
    if found.unsure:
        said.append(f"Unsure about {found.unsure:,}, which the figure leaves out.")
    if found.shared:
        said.append(
            f"{plural(found.shared, 'sample')} judged by several people: they agree on "
            f"{found.agreed:,}."
        )
    if found.disputed:
        what = either(
            found.disputed, "one says true, another one false", "true to one, false to another"
        )
        said.append(f"Disputed: {found.disputed:,} ({what}), which the figure leaves out.")
    if found.further:
        said.append(
            f"{found.further:,} of the {plural(found.false, 'false conflict')} "
            f"{either(found.further, 'is', 'are')} rejected for further pairs, too, which nobody "
            "has judged."
        )
    return said


def _left_out(found: Precision) -> list[str]:
    said = []
    if found.waiting:
        said.append(
            f"{plural(found.waiting, 'verdict')} out of turn: left out until the samples before "
            f"{either(found.waiting, 'it', 'them')} are judged, so that those that count stay a "
            "random sample."
        )
    if found.outdated:
        said.append(
            f"{plural(found.outdated, 'rejected sample')} judged for another conflict, in another "
            "setting: left out."
        )
    return said


def _said(edit: Edit) -> Verdict:
    return unpack(edit)[1]
