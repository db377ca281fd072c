"""Compare: two or more selections side by side, against chance, over temperature and over seeds."""

import streamlit as st

from dashboard.panels.compare import page as compare
from dashboard.panels.compare import picking_map as compare_map
from dashboard.panels.compare import seeds as compare_seeds
from dashboard.panels.compare import several as compare_several
from dashboard.widgets import beside, temperatures
from dashboard.widgets.frame import no_models, open_view, title, warnings

view = open_view()
title("Compare", "Selections side by side: what they share, who enters and who leaves.")
if view.selection is None:
    no_models(view)
    compare.needs_selection()
else:
    warnings(view)
    shown = compare.open_comparison(view, view.selection)
    if shown is not None:
        compare.sides(view, shown)
        compare.numbers(shown)
        others = st.container()
        left, right = st.columns([3, 2], gap="medium")
        with left:
            compare.shift(view, shown)
        with right:
            compare.cost(view, shown)
        space, narrowed = compare_map.controls(view)
        with others:  # they follow the filters, which stand further below
            compare_several.panel(view, shown, narrowed)
        compare_map.draw(view, shown, space, narrowed)
        compare_map.lists(view, shown, narrowed)
        beside.panel(view)
    if view.run.has_models:
        temperatures.panel(view)
        compare_seeds.measure(view, view.selection)
