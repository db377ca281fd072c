"""Map: the samples in two dimensions, a lasso, a table, a sample."""

from dashboard.panels import map as panel
from dashboard.panels.frame import open_view, title

view = open_view()
title("Map", "Near means similar. Drag to move, scroll to zoom, Shift and drag to draw a lasso.")
rows, clicked = panel.draw(view)
chosen = panel.table(view, rows)
row = chosen if chosen is not None else clicked
if row is not None:
    panel.sample(view, row)
