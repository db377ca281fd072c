"""The concept consistency graph of a selection, to browse: search, neighborhoods, the samples behind.

::

    index = ConceptIndex.of(ConflictTable.of(ranking))  # once for a ranking
    graph = ConceptGraph.of(selection, index)  # milliseconds for every further budget
"""

from paser_core.explain.graph.absence import (
    Absence,
    Missing,
    cap_with,
    cap_without,
    document_frequency,
    why_absent,
)
from paser_core.explain.graph.communities import Communities, Community, Link, communities
from paser_core.explain.graph.ego import (
    Edge,
    Neighborhood,
    Node,
    Role,
    connected,
    neighborhood,
)
from paser_core.explain.graph.exchange import graphml, to_networkx
from paser_core.explain.graph.graph import Concept, ConceptGraph
from paser_core.explain.graph.index import ConceptIndex, Groups
from paser_core.explain.graph.lookup import Found, most_common, search, worst
from paser_core.explain.graph.pool import pool_graph
from paser_core.selection.conflicts import ConflictTable
