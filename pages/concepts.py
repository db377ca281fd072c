"""Concepts: the concept graph, one neighborhood at a time, and the samples behind every line."""

from functools import partial

import streamlit as st

from dashboard.panels.concepts import card as concepts_card
from dashboard.panels.concepts import connection as concepts_connection
from dashboard.panels.concepts import find as concepts_find
from dashboard.panels.concepts import lists as concepts_lists
from dashboard.panels.concepts import network as concepts_network
from dashboard.panels.concepts import page as concepts
from dashboard.panels.concepts import whole as concepts_whole
from dashboard.widgets import beside
from dashboard.widgets.frame import open_view, title

view = open_view()
title(
    "Concepts",
    "Which phrases occur together in the accepted samples, and which pairs rejected the others.",
)
graph = concepts.graph_of(view)
concepts.numbers(view, graph)
left, right = st.columns([1, 2], gap="medium")
with left:
    concepts_find.find(view, graph)
with right:
    part = concepts_whole.choose_part()
    if part is concepts_whole.Part.WHOLE:
        concepts_whole.whole(view, graph)
        browsed = None
    else:
        browsed = concepts.browse(view, graph)
own = None
if browsed is not None:
    with left:
        concepts_card.card(browsed)
    with right:
        around = concepts_network.network(browsed)
    concepts_lists.lists(browsed, around)
    own = partial(concepts_connection.panel, browsed, around)
beside.panel(view, "Click a line of the samples to see the whole sample here.", own)
