"""The stages in order, each written to the run folder as soon as it is done.

:mod:`plan` says what comes after what and what determines each stage, :mod:`stages`,
:mod:`divergence` and :mod:`tables` what a stage writes, :mod:`resume` what a folder is bound to.
"""

from paser_core.measure.loading import Loaders
from paser_core.measure.work import run_pipeline
