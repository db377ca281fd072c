"""The review of one run without its verbs: where it is stored, what it says, how an edit is stored."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

from paser_core.review import rules, tables
from paser_core.review.database import Database, open_database
from paser_core.review.log import Known, Log
from paser_core.review.model import CORRECTIONS, Draft, Edit, Kind, ReviewState, Subject
from paser_core.review.scope import Reviewed, Scope


class ReviewLog:
    """The log of one run and the state that follows from it. Threads and processes may share it; opening
    it touches no disk."""

    def __init__(
        self, database: Database, scope: Scope, *, own: bool, run: Reviewed | None = None
    ) -> None:
        self._database = database
        self._scope = scope
        self._own = own
        self._run = run  # None: only the mark is known, and not which samples there are
        self._log = Log(database, scope)

    @classmethod
    def of(cls, run: Reviewed, url: str | None = None) -> Self:
        """The review of a run: what people decided on these samples, and how they named its clusters.

        It is stored at ``url``, else at the environment's ``PASER_REVIEW_URL``, else in the run
        folder's ``review.sqlite``, which the first edit makes.

        Raises:
            ReviewError: the URL is not one that can be used.
        """
        database, own = open_database(run.path, url)
        return cls(database, Scope.of(run), own=own, run=run)

    @classmethod
    def open(cls, folder: Path, mark: str, url: str | None = None) -> Self:
        """The edits that are stored under one mark, e.g. the fingerprint of a run. Raises as :meth:`of`."""
        database, own = open_database(folder, url)
        return cls(database, Scope.single(mark), own=own)

    def revision(self) -> int:
        """The id of the newest edit; 0 for none. Cheap enough for every rerun of a page."""
        with self._database.reading() as connection:
            return 0 if connection is None else tables.revision(connection, self._scope)

    def state(self) -> ReviewState:
        """What people decided. As cheap as :meth:`revision` when nothing is new."""
        return self._log.catch_up().state

    def history(self, subject: Subject | None = None) -> tuple[Edit, ...]:
        """All edits, undone ones included, newest first; or those of one cluster or sample.

        Marks of what was seen are in :attr:`ReviewState.seen` only: nobody has edited anything.
        """
        edits = self._log.catch_up().edits
        return tuple(
            e
            for e in reversed(edits)
            if e.kind is not Kind.SEEN and (subject is None or rules.concerns(e, subject))
        )

    def left_behind(self) -> int:
        """Edits in the run folder's own database that are about other samples or clusters.

        They are kept, but they do not apply: a run that was made again with another config or other
        data may have other samples and clusters. 0 for a shared database, where the edits of other
        runs are no news.
        """
        if not self._own:
            return 0
        with self._database.reading() as connection:
            return 0 if connection is None else tables.count_of_others(connection, self._scope)

    def _draft(
        self,
        kind: Kind,
        subject: Subject,
        author: str,
        reason: str,
        *,
        value: str = "",
        undoes: int | None = None,
    ) -> Draft:
        must_say_why = kind in (Kind.FORCE_IN, Kind.FORCE_OUT, *CORRECTIONS)
        about: Subject
        if isinstance(subject, tuple):
            about = tuple(map(rules.sample, subject))
        else:
            about = rules.sample(subject) if isinstance(subject, str) else int(subject)
        return Draft(
            kind,
            about,
            rules.line(author, "author's name", rules.AUTHOR_LIMIT),
            value,
            rules.paragraph(reason, "reason", rules.REASON_LIMIT, optional=not must_say_why),
            undoes,
        )

    def _check_there(self, samples: Sequence[str]) -> None:
        """See that the run has these samples, where the run is known.

        Raises:
            ReviewError: it lacks some.
        """
        if self._run is not None:
            rules.check_there(samples, self._run.ids)

    def _append(self, draft: Draft, seen: int | None = None, automatic: Sequence[str] = ()) -> Edit:
        def draft_of(known: Known) -> Draft:
            if seen is not None:
                rules.check_seen(known.edits, draft.subject, seen)
            rules.check(known.edits, known.state, draft, automatic)
            return draft

        return self._store(draft_of)

    def _store(self, draft_of: Callable[[Known], Draft]) -> Edit:
        edit = self._log.append(draft_of)
        assert edit is not None  # there is a draft
        return edit
