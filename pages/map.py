"""Map: the samples in two or three dimensions, a search, a lasso, a table, a sample."""

from dashboard.panels import map as panel
from dashboard.widgets import beside
from dashboard.widgets.frame import open_view, title

view = open_view()
title(
    "Map",
    "Near means similar. Draw a lasso or a box to pick samples; they stay picked on every page.",
)
shown = panel.controls(view)
panel.draw(view, shown)
panel.table(view, shown)
beside.panel(view)
