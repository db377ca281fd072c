"""The stages in order, each written to the run folder as soon as it is done.

:mod:`work` says what comes after what and what each stage depends on, :mod:`stages` what a stage
writes, :mod:`tables` the tables made of all of them, :mod:`resume` what is finished already.
"""

from paser_core.measure.stages import Loaders
from paser_core.measure.work import run_pipeline

__all__ = ["Loaders", "run_pipeline"]
