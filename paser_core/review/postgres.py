"""The database that a team shares, by URL."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import URL, Connection, Engine, create_engine, func, select, text
from sqlalchemy.exc import (
    DatabaseError,
    DataError,
    IntegrityError,
    InterfaceError,
    ProgrammingError,
    TimeoutError,
)

from paser_core.errors import ReviewError
from paser_core.review import tables

PATIENCE = 5  # seconds to wait for the server, for a free connection, or for another editor

_DRIVERS = {"psycopg": "psycopg[binary]", "psycopg2": "psycopg2-binary"}
_NO_RIGHTS, _LOCK_TIMEOUT = "42501", "55P03"  # PostgreSQL manual, appendix A


class PostgresDatabase:
    """A PostgreSQL server; the tables are made by the first edit.

    Raises:
        ReviewError: the driver is unknown or not installed.
    """

    def __init__(self, url: URL) -> None:
        self._name = f"postgresql://{url.host or ''}/{url.database or ''}"
        self._secrets = _secrets(url)
        self._engine = _engine(url)

    @contextmanager
    def reading(self) -> Iterator[Connection | None]:
        """See :class:`paser_core.review.database.Database`."""
        with self._errors(), self._engine.connect() as connection:
            yield connection if tables.exists(connection) else None

    @contextmanager
    def writing(self, run: str) -> Iterator[Connection]:
        """See :class:`paser_core.review.database.Database`. One edit at a time in one run."""
        with self._errors(), self._engine.begin() as connection:
            connection.execute(text(f"SET LOCAL lock_timeout = '{PATIENCE}s'"))
            if not tables.exists(connection):
                _lock(connection, "schema")
                tables.create(connection)
            _lock(connection, f"run {run}")
            yield connection

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Turn what can happen to a server into one sentence; a defect in our SQL stays loud."""
        try:
            yield
        except TimeoutError as error:
            raise ReviewError(
                f"{self._name}: all connections of this process were busy for over {PATIENCE} "
                "seconds. Try again."
            ) from error
        except (IntegrityError, DataError):
            raise
        except (DatabaseError, InterfaceError) as error:
            state = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "pgcode", None)
            if state == _LOCK_TIMEOUT:
                raise ReviewError(
                    f"{self._name}: somebody else has been editing this run for over {PATIENCE} "
                    "seconds. Try again."
                ) from error
            if state == _NO_RIGHTS:
                raise ReviewError(
                    f"{self._name}: this user may not do that ({self._said(error.orig)}). Ask for "
                    "the right to create and use tables there."
                ) from error
            if isinstance(error, ProgrammingError):
                raise
            raise ReviewError(
                f"{self._name}: the database does not answer as it should "
                f"({self._said(error.orig)}). Check PASER_REVIEW_URL and the server, and try again."
            ) from error

    def _said(self, error: BaseException | None) -> str:
        """The server's words on one line, without secrets."""
        said = " ".join(str(error).split())
        for secret in self._secrets:
            said = said.replace(secret, "***")
        return said


def _engine(url: URL) -> Engine:
    if url.get_driver_name() not in _DRIVERS:
        raise ReviewError(
            f"The review database names the driver '{url.drivername}'; accepted: postgresql (with "
            f"psycopg) or {' or '.join(f'postgresql+{driver}' for driver in _DRIVERS)}."
        )
    try:
        return create_engine(
            url,
            # Each statement sees what was committed before it: after the wait for the lock that
            # includes the edit of whoever held it. A stricter level would show an older state.
            isolation_level="READ COMMITTED",
            pool_pre_ping=True,  # a server that was restarted is no error
            pool_timeout=PATIENCE,
            # A page must not hang for the minutes that TCP would wait for a server that is gone.
            connect_args={"connect_timeout": PATIENCE, "tcp_user_timeout": 1000 * PATIENCE},
        )
    except ModuleNotFoundError as error:
        package = _DRIVERS.get(str(error.name), str(error.name))
        raise ReviewError(
            f"The review database is on PostgreSQL, and its driver is not installed. Install it "
            f'with: pip install "{package}"'
        ) from error


def _lock(connection: Connection, what: str) -> None:
    """Wait until nobody else holds this lock; it is freed at the end of the transaction."""
    digest = hashlib.blake2b(f"paser review {what}".encode(), digest_size=8).digest()
    number = int.from_bytes(digest, "big", signed=True)
    connection.execute(select(func.pg_advisory_xact_lock(number)))


def _secrets(url: URL) -> list[str]:
    """What no message may show: the password, wherever the URL has one."""
    options = [v for name, v in url.query.items() if "password" in name]
    given = [url.password, *(v for value in options for v in _listed(value))]
    return [str(secret) for secret in given if secret]


def _listed(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value
