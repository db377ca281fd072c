"""The tables of a study, in the form of the paper's: mean ± s.d. over seeds, with tests beside them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from paser_core.selection import Family
from paser_core.study.by_selector import by_selector
from paser_core.study.by_setting import by_budget, by_recovery
from paser_core.study.by_text import by_text
from paser_core.study.findings import hypotheses, signals
from paser_core.study.remarks import remarks_table
from paser_core.study.results import Results
from paser_core.study.summary import Summary
from paser_core.study.table import Table


def tables_of(results: Results, part: str = "test") -> tuple[Table, ...]:
    """Every table that the study has cells for.

    Args:
        results: of the study.
        part: of the items: ``test``, ``development`` or ``all``.

    Raises:
        StudyError: there is nothing to compare.
    """
    texts = list(by_text(results, part))
    remarks = list(remarks_table(results.study.get("remarks", ())))
    summary = Summary(results, part)
    if texts and not results.has_questions:
        return _named_apart([*texts, *hypotheses(summary), *remarks])
    found = [
        *selectors_of(summary),
        *by_recovery(summary),
        *by_budget(summary),
        *texts,
        *hypotheses(summary),
        *signals(summary),
        *remarks,
    ]
    return _named_apart(found)


def selectors_of(summary: Summary) -> Iterator[Table]:
    """The tables that set selectors beside each other."""
    yield from by_selector(summary, "selectors", "Selectors", None)
    by_paser = replace(summary, reference="paser")
    yield from by_selector(by_paser, "ablations", "Ablations", Family.ABLATION)
    yield from by_selector(by_paser, "clusterings", "Clusterings", Family.CLUSTERING)


def _named_apart(tables: Sequence[Table]) -> tuple[Table, ...]:
    """Each with a file of its own, also where case is not told apart: names of a study may differ in what a
    file's name has not, as a/b and a-b do."""
    found: dict[str, Table] = {}
    for table in tables:
        name, number = table.name, 2
        while name.lower() in found:
            name, number = f"{table.name}-{number}", number + 1
        found[name.lower()] = replace(table, name=name)
    return tuple(found.values())
