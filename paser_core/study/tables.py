"""The tables of a study, in the form of the paper's: mean ± s.d. over seeds, with tests beside them."""

from __future__ import annotations

from dataclasses import replace

from paser_core.selection import Family
from paser_core.study.by_selector import by_selector
from paser_core.study.by_setting import by_budget, by_recovery
from paser_core.study.findings import hypotheses, signals
from paser_core.study.results import Results
from paser_core.study.summary import Summary
from paser_core.study.table import Table


def tables_of(results: Results, part: str = "test") -> tuple[Table, ...]:
    """Every table that the study has cells for.

    Args:
        results: of the study.
        part: of the items: ``test``, ``development`` or ``all``.
    """
    summary = Summary(results, part)
    found = [
        *by_selector(summary, "selectors", "Selectors", None),
        *by_selector(
            replace(summary, reference="paser"), "ablations", "Ablations", Family.ABLATION
        ),
        *by_selector(
            replace(summary, reference="paser"), "clusterings", "Clusterings", Family.CLUSTERING
        ),
        *by_recovery(summary),
        *by_budget(summary),
        *hypotheses(summary),
        *signals(summary),
    ]
    return tuple(found)
