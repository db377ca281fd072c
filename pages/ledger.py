"""Ledger: every sample, its status, the reason, and who decided what."""

from dashboard.panels import judging, ledger
from dashboard.widgets import beside
from dashboard.widgets.frame import no_models, open_view, title, warnings

view = open_view()
title("Ledger", "One line for every sample: what became of it, why, and what would change that.")
if view.selection is None:
    no_models(view)
else:
    if ledger.shown() is ledger.Shown.QUEUE:
        judging.queue(view)
        judging.progress(view)
        beside.panel(view, "“Open” shows a whole sample here.")
    else:
        ledger.counts(view.selection)
        judging.progress(view)
        warnings(view)
        ledger.table(view, view.selection, ledger.filtered(view))
        beside.panel(view)
    ledger.work(view)
