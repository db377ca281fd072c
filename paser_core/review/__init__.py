"""People's work on a run, kept safe: an append-only log beside the immutable run."""

from paser_core.review.database import FILE, VARIABLE
from paser_core.review.fold import fold
from paser_core.review.model import Edit, Kind, ReviewState, Subject
from paser_core.review.review import Review
from paser_core.review.rules import AUTHOR_LIMIT, NAME_LIMIT, NOTE_LIMIT, REASON_LIMIT
from paser_core.review.sentences import describe, when
