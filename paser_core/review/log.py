"""The log in its database: read as far as it is new, and appended to under a check."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from paser_core.review import tables
from paser_core.review.database import Database
from paser_core.review.fold import fold
from paser_core.review.model import Draft, Edit, ReviewState
from paser_core.review.scope import Scope

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Known:
    """The log as far as it was read."""

    edits: tuple[Edit, ...] = ()
    state: ReviewState = field(default_factory=ReviewState)


class Log:
    """All edits of one run. Threads and processes may share it; making it touches no disk."""

    def __init__(self, database: Database, scope: Scope) -> None:
        self._database = database
        self._scope = scope
        # Replaced as a whole, so that threads need no lock: the worst is that two read the same.
        self._known = Known()

    def catch_up(self) -> Known:
        """All that is stored by now."""
        with self._database.reading() as connection:
            self._known = Known() if connection is None else self._read(connection)
            return self._known

    def append(self, draft_of: Callable[[Known], Draft | None]) -> Edit | None:
        """Store an edit in a transaction of its own.

        ``draft_of`` makes it of what is known, and raises where it is not accepted; None: there is
        nothing to store. It is asked twice.
        """
        if draft_of(self.catch_up()) is None:  # before anything is made or locked
            return None
        with self._database.writing(self._scope.samples[0]) as connection:
            draft = draft_of(self._read(connection))  # and when nobody else can come between
            if draft is None:
                return None
            mark = self._scope.mark(draft.subject)
            edit = tables.append(connection, mark, draft)
        _log.info("review of run %s: edit %d, %s", mark[:8], edit.id, edit.kind)
        return edit

    def _read(self, connection: Connection) -> Known:
        """The log, of which only what is new is fetched."""
        known = self._known
        last = known.edits[-1:]
        new = tables.edits_from(connection, self._scope, last[0].id if last else 0)
        if last and new[:1] != [last[0]]:
            # Not the database that we knew: it was restored from a copy, or begun anew.
            return _known(tables.edits_from(connection, self._scope, 0))
        return known if len(new) == len(last) else _known([*known.edits, *new[len(last) :]])


def _known(edits: Sequence[Edit]) -> Known:
    return Known(tuple(edits), fold(edits))
