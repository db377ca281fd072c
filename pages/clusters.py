"""Clusters: is a cluster one thing, and is its damage real or noise?"""

from dashboard.panels.clusters import detail as clusters_detail
from dashboard.panels.clusters import method as clusters_method
from dashboard.panels.clusters import page as clusters
from dashboard.panels.clusters import signals as clusters_signals
from dashboard.widgets import beside
from dashboard.widgets.frame import no_models, open_view, title, warnings

view = open_view()
title("Clusters", "Is a cluster really one thing, and is its damage real or noise?")
if not view.run.has_models:
    no_models(view)
warnings(view)
clusters.overview(view)
clusters_detail.show(view, clusters.chosen(view))
clusters_signals.panel(view)
beside.panel(view, "Click a sample that is listed to see the whole of it here.")
clusters_method.curious(view)
