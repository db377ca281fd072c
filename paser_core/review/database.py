"""Where a review is stored: SQLite in the run folder, or the database that a team shares."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from sqlalchemy import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError

from paser_core.errors import ReviewError
from paser_core.review.postgres import PostgresDatabase
from paser_core.review.sqlite import SqliteDatabase

FILE = "review.sqlite"
VARIABLE = "PASER_REVIEW_URL"
_ACCEPTED = (
    "accepted: postgresql://USER:PASSWORD@HOST/DATABASE (with special characters of the password "
    "as %XX) or sqlite:///PATH"
)


class Database(Protocol):
    """What the log asks of a database."""

    def reading(self) -> AbstractContextManager[Connection | None]:
        """A connection that sees all finished edits; None while there is nothing. Writes nothing."""

    def writing(self, run: str) -> AbstractContextManager[Connection]:
        """A transaction in which nobody else edits this run; the tables are there.

        One at a time, so that ids are committed in the order in which they are given. Without
        that, edit 6 could be seen before edit 5, and who has seen 6 would count as having seen 5.
        """


def open_database(folder: Path, url: str | None) -> tuple[Database, bool]:
    """The database for a run folder, and whether it is the folder's own. Connects to nothing yet.

    ``url`` goes before the environment's ``PASER_REVIEW_URL``, which goes before the folder.

    Raises:
        ReviewError: the URL is not one, or its driver is not installed.
    """
    given, source = (url, "The URL") if url else (os.environ.get(VARIABLE), VARIABLE)
    if not given:
        return SqliteDatabase(folder / FILE), True
    try:
        parsed = make_url(given)
    except (ArgumentError, ValueError):  # a ValueError where the port is not a number
        # Not shown: whatever it is, it may have a password in it.
        raise ReviewError(f"{source} is not the URL of a database; {_ACCEPTED}.") from None
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        if not parsed.database or parsed.database == ":memory:":
            raise ReviewError(f"{source} names no file, so every edit would be lost; {_ACCEPTED}.")
        return SqliteDatabase(Path(parsed.database)), False
    if backend == "postgresql":
        return _postgres(parsed), False
    raise ReviewError(f"{source} names a database of the kind '{backend}'; {_ACCEPTED}.")


@lru_cache(maxsize=8)
def _postgres(url: URL) -> PostgresDatabase:
    """One pool of connections for all runs of a process."""
    return PostgresDatabase(url)
