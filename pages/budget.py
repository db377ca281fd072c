"""Budget: how the damage splits the budget, live, and what a move of the knobs changes."""

from dashboard.panels.budget import curves, goals, hangs_on, training
from dashboard.panels.budget import page as budget
from dashboard.widgets import beside, temperatures
from dashboard.widgets.frame import no_models, open_view, title, warnings

view = open_view()
title("Budget", "Move the budget and the other knobs in the side bar; no model is run again.")
if view.selection is None:
    no_models(view)
else:
    budget.numbers(view.selection)
    warnings(view)
    known = training.cost(view)
    goals.panel(view, known)
    budget.figure(view, view.selection)
    budget.exact(view, view.selection, known)
    training.time(view, view.selection, known)
    if view.run.has_models:
        curves.enough(view)
    budget.against_pinned(view, view.selection)
    if view.run.has_models:
        temperatures.panel(view)
        hangs_on.panel(view, view.selection)
    beside.panel(view, "Pin a setting, move a knob, and click a line of what enters or leaves.")
