"""The user's data, normalised at the door.

What concerns the whole file (broken JSON, no rows, unknown columns) is one
:class:`~paser_core.errors.DataError` with file, line and field. What concerns one row (an empty
output, a number where text belongs, an id that is taken, a text beyond all measure) is a
``problem`` of that row: the row is kept, shows up with the status ``invalid``, and never stops the others.
"""

from paser_core.records.shapes import Shape, recognise
from paser_core.records.table import LONGEST_TEXT, Records, read_records

__all__ = ["LONGEST_TEXT", "Records", "Shape", "read_records", "recognise"]
