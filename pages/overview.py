"""Overview: what this run is and what the current knobs make of it."""

from dashboard.panels.overview import page as overview
from dashboard.panels.overview import recovered
from dashboard.widgets import temperatures
from dashboard.widgets.frame import no_models, open_view, title, warnings

view = open_view()
title("Overview", "What this run is, and what the budget makes of it.")
overview.describe(view)
if not view.run.has_models:
    no_models(view)
overview.headline(view)
warnings(view)
overview.notes(view)
temperatures.line(view)
overview.funnel(view)
overview.damage(view)
if view.run.has_models:
    recovered.recovered_models(view)
overview.provenance(view)
