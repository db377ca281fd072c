"""Which samples of two data sets are the same one.

Within one data set, read in one way, the id tells. Across data sets it does not: rows without an id
are numbered, in every data set alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from paser_core.compare.sources import Chosen


class Basis(StrEnum):
    """What has to agree for two samples to be the same one."""

    DATA = "data"  # the id, within one data set
    TEXTS = "texts"  # id and text
    IDS = "ids"  # the id, for want of texts


@dataclass(frozen=True)
class Matching:
    """How the samples of a and b were matched."""

    basis: Basis
    different: frozenset[str]  # ids of both data sets that stand for another sample in each
    note: str | None  # a sentence for people; None within one data set


def matching(a: Chosen, b: Chosen) -> Matching:
    """Match the data sets of two selections; texts are read only where these may not be the same one.

    A sample whose text only one side knows, as those that an export did not select, is matched by id.

    Raises:
        ExportError: the texts of an export are damaged.
    """
    if _one_data_set(a, b):
        return Matching(Basis.DATA, frozenset(), None)
    origin = _origin(a, b)
    shared = a.cluster_of.keys() & b.cluster_of.keys()
    if not shared:
        return Matching(Basis.TEXTS, frozenset(), f"{origin}, and no id is in both.")
    without = [name for name, c in (("A", a), ("B", b)) if not c.texts]
    if without:
        return Matching(
            Basis.IDS,
            frozenset(),
            f"{origin}, and there are no texts of {' and '.join(without)} to compare: samples are "
            "matched by id alone, and one id may stand for two different samples.",
        )
    compared = shared & a.texts.keys() & b.texts.keys()
    note = f"{origin}: samples are the same where both id and text agree."
    if len(compared) < len(shared):
        note += " An export holds the texts of its selected samples; its others are matched by id."
    return Matching(Basis.TEXTS, frozenset(i for i in compared if a.texts[i] != b.texts[i]), note)


def _one_data_set(a: Chosen, b: Chosen) -> bool:
    if a.data is not None and b.data is not None:
        return a.data == b.data
    return a.universe is b.universe


def _origin(a: Chosen, b: Chosen) -> str:
    unknown = [name for name, c in (("A", a), ("B", b)) if c.data is None]
    if a.data and b.data and a.data["sha256"] == b.data["sha256"]:
        return "A and B read the same data in different ways"
    if not unknown:
        return "A and B come from different data"
    come = "come" if len(unknown) > 1 else "comes"
    return f"It is not recorded which data {' and '.join(unknown)} {come} from"
