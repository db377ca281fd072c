"""People's work on a run, kept safe: an append-only log beside the immutable run."""

from paser_core.review.bulk import DECISIONS, Decided, Plan, told
from paser_core.review.corrections import Wanted
from paser_core.review.database import FILE, VARIABLE
from paser_core.review.fold import fold, samples_of
from paser_core.review.model import (
    CORRECTIONS,
    Clash,
    Correction,
    Edit,
    Kind,
    ReviewState,
    SavedView,
    Subject,
    Verdict,
)
from paser_core.review.review import Review
from paser_core.review.rules import AUTHOR_LIMIT, NAME_LIMIT, NOTE_LIMIT, REASON_LIMIT
from paser_core.review.sentences import describe, when
from paser_core.review.verdicts import unpack
