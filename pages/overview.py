"""Overview: what this run is and what the current knobs make of it."""

from dashboard.panels.overview import checks, in_short, recovered
from dashboard.panels.overview import page as overview
from dashboard.widgets import beside
from dashboard.widgets.frame import no_models, open_view, title

view = open_view()
title("Overview", "What is damaged, what the budget buys, what to do next.")
if not view.run.has_models:
    no_models(view)
in_short.panel(view)
overview.headline(view)
overview.damage(view)
overview.funnel(view)
overview.verdicts(view)
checks.panel(view)
if view.run.has_models:
    recovered.recovered_models(view)
overview.describe(view)
overview.provenance(view)
beside.panel(view, "")
