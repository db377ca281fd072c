"""Budget: how the damage splits the budget, live."""

from dashboard.panels import budget
from dashboard.panels.frame import no_models, open_view, title, warnings

view = open_view()
title("Budget", "Move the budget and the temperature in the side bar; no model is run again.")
if view.selection is None:
    no_models()
else:
    budget.numbers(view.selection, view.run.n)
    warnings(view)
    budget.figure(view, view.selection)
