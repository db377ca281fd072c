"""Recovery: training a compressed model on a selection.

A recipe (:mod:`recipes`) says with which losses; the settings (:mod:`settings`) how long and how. The
work (:mod:`work`) goes on in a folder that survives a kill, and that is a model when it is done.
"""

from paser_core import callable_package

callable_package(__name__)
