"""Study: which selector helps, by how much, at what cost, and what each cell has come to."""

from dashboard.panels.study import (
    assumption,
    cells,
    chosen,
    progress,
    retention,
    spending,
    start,
    tests,
)
from dashboard.panels.study import page as study
from dashboard.widgets.frame import title

title(
    "Study",
    "Which selector brings back more at the same cost, capability by capability, and how sure that is.",
)
folder = study.choose()
if folder is None:
    study.nothing_yet()
else:
    progress.in_work(folder)
    shown = study.open_study(folder)
    if shown is not None:
        assumption.draw(shown)
        retention.draw(shown)
        spending.cost(shown)
        spending.curves(shown)
        chosen.draw(shown)
        retention.table(shown)
        tests.draw(shown)
        cells.draw(shown)
start.form(folded=folder is not None)
