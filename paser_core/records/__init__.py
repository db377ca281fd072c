"""The user's data, normalized at the door.

What concerns the whole file is one :class:`~paser_core.errors.DataError` with file, line and field:
a path that does not exist, an unknown ending, text that is not UTF-8, broken JSON, CSV or parquet, a
line that is not an object, no rows, columns that fit no shape or several, a mapped column that does
not exist, a column of vectors with a hole.

What concerns one row is a ``problem`` of that row, a sentence in plain words: an instruction or
output that is missing, empty or not text, a conversation without an answer, an id that is taken, a
text beyond :data:`LONGEST_TEXT`, characters that no file can hold. The row is kept, shows up with
the status ``invalid``, and never stops the others.

Local files and folders never look anything up on the network.
"""

from paser_core.records.conversations import LONGEST_TEXT, Conversation
from paser_core.records.shapes import Layout, Shape, recognize
from paser_core.records.table import Preview, Records, preview, read_records
