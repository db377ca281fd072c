"""The front door: what ``import paser_core as paser`` offers. Ids and frames, never row numbers.

Everything here is put together from the packages below; the command line calls the same.
"""

from paser_core.api.compared import Comparison
from paser_core.api.explained import Explanation
from paser_core.api.finished import Run
from paser_core.api.selected import Selection
from paser_core.api.start import open, run

__all__ = ["Comparison", "Explanation", "Run", "Selection", "open", "run"]
