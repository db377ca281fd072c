"""The embedded database: one file in WAL mode, so that readers never wait for an editor.

A connection is opened for every use and closed after it. The last one to close folds the write-ahead
log into the file, so a run folder that is copied between two edits has all of them.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, NullPool, create_engine, event
from sqlalchemy.exc import DatabaseError

from paser_core.errors import ReviewError
from paser_core.review import tables
from paser_core.workspace import paths

PATIENCE = 5.0  # seconds to wait for another process; an edit takes a few milliseconds

_READ_ONLY = (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)
_LOCKED = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


class SqliteDatabase:
    """A file that is made by the first edit."""

    def __init__(self, path: Path) -> None:
        self._path = path.absolute()
        self._reader = _engine(self._open_to_read, "BEGIN")
        # Takes the lock at once: a transaction that reads first and then finds that somebody else
        # has written cannot go on.
        self._writer = _engine(self._open_to_write, "BEGIN IMMEDIATE")

    @contextmanager
    def reading(self) -> Iterator[Connection | None]:
        """See :class:`paser_core.review.database.Database`."""
        with self._errors("read"):
            there = paths.exists(self._path)
        if not there:
            yield None
            return
        with self._errors("read"), self._reader.begin() as connection:
            yield connection if tables.exists(connection) else None

    @contextmanager
    def writing(self, run: str) -> Iterator[Connection]:
        """See :class:`paser_core.review.database.Database`. One edit at a time in the whole file."""
        with self._errors("written"), self._writer.begin() as connection:
            tables.create(connection)
            yield connection

    def _open_to_read(self) -> sqlite3.Connection:
        try:
            return self._connect("mode=rw")
        except sqlite3.OperationalError as error:
            if _code(error) not in _READ_ONLY:
                raise
        # A file in WAL mode wants to make two others beside it. On a read-only disk it can be read
        # without, unless an editor died and left changes there.
        if paths.size(self._leftover()):
            raise ReviewError(
                f"{self._path}: the last edits are still in {self._leftover().name}, and nothing can "
                "be written here to take them over. Open the run once where its folder is writable."
            )
        return self._connect("mode=ro&immutable=1")

    def _open_to_write(self) -> sqlite3.Connection:
        connection = self._connect("mode=rwc")
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                # Lasts in the file: all but the first time this finds it done.
                connection.execute("PRAGMA journal_mode = WAL").fetchone()
                return connection
            except sqlite3.OperationalError as error:
                # Changing the mode does not wait for others by itself, whatever the timeout.
                if _code(error) not in _LOCKED or time.monotonic() > deadline:
                    connection.close()
                    raise
            time.sleep(0.01)

    def _connect(self, options: str) -> sqlite3.Connection:
        uri = f"{self._path.as_uri()}?{options}"
        # isolation_level=None: transactions begin where we say, not where the driver guesses.
        connection = sqlite3.connect(uri, timeout=PATIENCE, isolation_level=None, uri=True)
        try:
            connection.execute("PRAGMA foreign_keys = ON")
            # A run folder may come from anywhere: nothing in the file may call our functions.
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA cell_size_check = ON")
            connection.execute("PRAGMA schema_version").fetchone()  # the first look at the file
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def _leftover(self) -> Path:
        return self._path.with_name(f"{self._path.name}-wal")

    @contextmanager
    def _errors(self, purpose: str) -> Iterator[None]:
        """Turn what can happen to a file into one sentence."""
        try:
            yield
        except DatabaseError as error:
            code = _code(error.orig)
            if code in _LOCKED:
                raise ReviewError(
                    f"{self._path}: another program has kept this database locked for over "
                    f"{PATIENCE:.0f} seconds. Try again, or close that program."
                ) from error
            # Without a code it is the driver that speaks: a text is not UTF-8.
            undecodable = code is None and isinstance(error.orig, sqlite3.OperationalError)
            if code in _DAMAGED or undecodable:
                raise self._damaged(error.orig) from error
            if code == sqlite3.SQLITE_FULL:
                raise ReviewError(
                    f"{self._path}: the disk is full, so the edit was not stored. Free some space "
                    "and try again."
                ) from error
            if code in (*_READ_ONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_PERM):
                raise ReviewError(
                    f"{self._path}: this cannot be {purpose} ({error.orig}). Make its folder "
                    "writable, or set PASER_REVIEW_URL to a database elsewhere."
                ) from error
            raise
        except UnicodeDecodeError as error:  # SQLite's own message quotes what is damaged
            raise self._damaged(error) from error
        except OSError as error:
            raise ReviewError(
                f"{self._path}: this cannot be read ({error.strerror}). Make it readable."
            ) from error

    def _damaged(self, why: BaseException | None) -> ReviewError:
        return ReviewError(
            f"{self._path}: this database is damaged ({why}). Restore a copy of it, or move it away "
            "to start without the edits in it."
        )


def _engine(connect: Callable[[], sqlite3.Connection], begin: str) -> Engine:
    engine = create_engine("sqlite+pysqlite://", creator=connect, poolclass=NullPool)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _code(error: BaseException | None) -> int | None:
    """SQLite's primary result code."""
    extended = getattr(error, "sqlite_errorcode", None)
    return None if extended is None else extended & 0xFF
