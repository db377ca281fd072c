"""Export: the selection as a folder that a trainer reads, and the report for those who decide."""

from dashboard.panels.export import page as export
from dashboard.panels.export import recover
from dashboard.widgets.frame import no_models, open_view, title, warnings

view = open_view()
title(
    "Export",
    "The training file, every score, every rejection with its evidence, checked; a recovery on it; a "
    "report.",
)
if view.selection is None:
    no_models(view)
else:
    warnings(view)
    export_format = export.choose()
    export.not_carried(view, export_format)
    export.preview(view, view.selection, export_format)
    export.build(view, view.selection, export_format)
    if view.run.has_models:
        recover.recover_and_evaluate(view, view.selection, export_format)
export.report(view)
