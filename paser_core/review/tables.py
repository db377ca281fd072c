"""The review database, the same on SQLite and PostgreSQL.

Two tables. ``review_schema`` has one row with one number. ``review_edits`` is the log, and the
database itself refuses to change or delete a row of it. Schema 2 has the tables of schema 1 and edits
that schema 1 does not know: of many samples at once, verdicts, marks of what was seen, corrections of
clusters. The first of these makes a schema 1 a schema 2, so that an older workbench says that it is too
old.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from sqlalchemy import (
    DDL,
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Row,
    String,
    Table,
    Text,
    and_,
    event,
    func,
    insert,
    inspect,
    not_,
    or_,
    select,
    update,
)

from paser_core.errors import ReviewError
from paser_core.review import corrections, verdicts, views
from paser_core.review.model import CORRECTIONS, Draft, Edit, Kind, Subject
from paser_core.review.scope import Scope

SCHEMA = 2
_READ = (1, SCHEMA)
_KINDS_OF_1 = frozenset(
    (Kind.RENAME, Kind.FORCE_IN, Kind.FORCE_OUT, Kind.RELEASE, Kind.NOTE, Kind.UNDO)
)

# Kinds whose values have a form of their own: a value without it is told when it is read.
_UNPACKED: Mapping[Kind, Callable[[Draft], object]] = {
    Kind.VERDICT: verdicts.unpack,
    Kind.VIEW: views.unpack,
    **dict.fromkeys(CORRECTIONS, corrections.unpack),
}

_CLUSTER = "cluster:"  # how the subject of an edit of a cluster begins
_SAMPLES = "samples:"  # and one of several samples

_metadata = MetaData()
_Id = BigInteger().with_variant(Integer, "sqlite")  # only INTEGER is a row id there

_schema = Table("review_schema", _metadata, Column("version", Integer, nullable=False))

_edits = Table(
    "review_edits",
    _metadata,
    Column("id", _Id, primary_key=True, autoincrement=True),
    Column("run", String(128), nullable=False),  # whose edit it is: see Scope.mark
    # ISO 8601 with its zone, written and read by us: SQLite has no type for it that keeps the zone.
    Column("time", String(40), nullable=False),
    Column("author", Text, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("subject", Text, nullable=False),  # cluster:3, sample:abc, samples:["a", …]
    Column("value", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("undoes", _Id, ForeignKey("review_edits.id")),
    Index("review_edits_of_a_run", "run", "id"),
    sqlite_autoincrement=True,  # an id is never given twice
)

_REFUSAL = "review edits are never changed or deleted"
_APPEND_ONLY = {
    "sqlite": [
        f"CREATE TRIGGER review_edits_no_{what.lower()} BEFORE {what} ON review_edits "
        f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
        for what in ("UPDATE", "DELETE")
    ],
    "postgresql": [
        "CREATE OR REPLACE FUNCTION review_edits_append_only() RETURNS trigger LANGUAGE plpgsql "
        f"AS $$ BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$",
        "CREATE TRIGGER review_edits_append_only BEFORE UPDATE OR DELETE OR TRUNCATE "
        "ON review_edits FOR EACH STATEMENT EXECUTE FUNCTION review_edits_append_only()",
    ],
}
for _dialect, _statements in _APPEND_ONLY.items():
    for _statement in _statements:
        event.listen(_edits, "after_create", DDL(_statement).execute_if(dialect=_dialect))  # type: ignore[no-untyped-call]


def exists(connection: Connection) -> bool:
    """Whether the tables are there.

    Raises:
        ReviewError: they are, in a schema that this version does not know.
    """
    if not inspect(connection).has_table(_schema.name):
        return False
    version = connection.scalar(select(_schema.c.version))
    if version not in _READ:
        newer = isinstance(version, int) and version > SCHEMA
        raise ReviewError(
            f"The review database has schema {version}; this version reads schema 1 to {SCHEMA}. "
            + ("Update the workbench to open it." if newer else "Restore a copy of it.")
        )
    return True


def create(connection: Connection) -> None:
    """Make the tables where there are none; the caller keeps others from doing the same."""
    if not exists(connection):
        _metadata.create_all(connection, checkfirst=False)
        connection.execute(insert(_schema).values(version=SCHEMA))


def revision(connection: Connection, scope: Scope) -> int:
    """The highest id of an edit of this run; 0 for none."""
    return connection.scalar(select(func.max(_edits.c.id)).where(_is_in(scope))) or 0


def edits_from(connection: Connection, scope: Scope, first: int) -> list[Edit]:
    """The edits of this run with an id from ``first`` on, oldest first."""
    query = select(_edits).where(_is_in(scope), _edits.c.id >= first).order_by(_edits.c.id)
    return [_edit(row) for row in connection.execute(query)]


def append(connection: Connection, mark: str, draft: Draft) -> Edit:
    """Store a draft; the edit that it became."""
    if isinstance(draft.subject, tuple) or draft.kind not in _KINDS_OF_1:
        connection.execute(update(_schema).where(_schema.c.version < SCHEMA).values(version=SCHEMA))
    now = datetime.now(UTC)
    result = connection.execute(
        insert(_edits).values(
            run=mark,
            time=now.isoformat(),
            author=draft.author,
            kind=str(draft.kind),
            subject=_pack(draft.subject),
            value=draft.value,
            reason=draft.reason,
            undoes=draft.undoes,
        )
    )
    key = result.inserted_primary_key
    assert key is not None  # both databases give one
    return Edit(**vars(draft), id=key[0], time=now)


def count_of_others(connection: Connection, scope: Scope) -> int:
    """Edits in this database that are about something else."""
    query = select(func.count()).select_from(_edits).where(not_(_is_in(scope)))
    return connection.scalar(query) or 0


def _is_in(scope: Scope) -> ColumnElement[bool]:
    """Whether an edit is about this run."""
    on_cluster = _edits.c.subject.startswith(_CLUSTER)
    return or_(
        and_(_edits.c.run.in_(scope.clusters), on_cluster),
        and_(_edits.c.run.in_(scope.samples), not_(on_cluster)),
    )


def _edit(row: Row[tuple[object, ...]]) -> Edit:
    values = row._mapping
    try:
        edit = Edit(
            kind=Kind(values["kind"]),
            subject=_unpack(values["subject"]),
            author=values["author"],
            value=values["value"],
            reason=values["reason"],
            undoes=values["undoes"],
            id=values["id"],
            time=datetime.fromisoformat(values["time"]).astimezone(UTC),
        )
        if edit.kind in _UNPACKED:
            _UNPACKED[edit.kind](edit)
        return edit
    except (ValueError, TypeError) as error:
        raise ReviewError(
            f"Edit {values['id']} of the review database cannot be read ({error}). Restore a copy "
            "of the database."
        ) from error


def _pack(subject: Subject) -> str:
    if isinstance(subject, tuple):
        return _SAMPLES + json.dumps(subject, ensure_ascii=False)
    return f"{_CLUSTER}{subject}" if isinstance(subject, int) else f"sample:{subject}"


def _unpack(text: str) -> Subject:
    kind, _, name = text.partition(":")
    if kind == "sample":
        return name
    if kind == "cluster":
        return int(name)
    if text.startswith(_SAMPLES):
        return tuple(map(str, json.loads(name)))
    raise ValueError(f"{text!r} is neither a cluster nor a sample")
