"""(results of a study) → one HTML page. Pure, and equal inputs give equal bytes."""

from __future__ import annotations

from paser_core import __version__
from paser_core.config import dump_yaml
from paser_core.report.page import templates
from paser_core.study.results import Results
from paser_core.study.tables import tables_of


def build_study_report(results: Results, items: str = "test") -> str:
    """The report on a study, as the text of a file that opens anywhere.

    Args:
        results: of the study.
        items: which questions the tables count: ``test``, ``development`` or ``all``.
    """
    counts = results.cells.drop_duplicates("key")["status"].value_counts()
    return templates().get_template("study.html").render(
        config=results.config,
        items=len(results.questions(items)),
        states=list(counts.items()),
        written=results.written,
        tables=tables_of(results, items),
        failed=results.study["failed"],
        plan=dump_yaml(results.study["config"]).strip(),
        version=__version__,
        heads=lambda columns: [(column, "") for column in columns],
    )  # fmt: skip
