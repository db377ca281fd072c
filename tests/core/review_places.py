"""Where the tests keep a review: a file, and a real PostgreSQL server (:mod:`postgres_server`).

Each test works in a schema of its own there.
"""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterator
from pathlib import Path

from postgres_server import server_url
from sqlalchemy import create_engine, make_url, text

from paser_core.review import Review

KINDS = ("sqlite", "postgresql")
RUN = "a" * 64
NAMES = ("Sums", "French", "Rivers")


@contextlib.contextmanager
def place(kind: str, folder: Path) -> Iterator[str | None]:
    """The URL of an empty database; None stands for the run folder's own."""
    if kind == "sqlite":
        yield None
        return
    url = make_url(server_url())
    schema = f"test_{uuid.uuid4().hex}"
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            connection.execute(text(f"CREATE SCHEMA {schema}"))
        options = url.update_query_dict({"options": f"-csearch_path={schema}"})
        yield options.render_as_string(hide_password=False)
        with engine.begin() as connection:
            connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    finally:
        engine.dispose()


def open_at(folder: Path, url: str | None, run: str = RUN) -> Review:
    return Review.open(folder, run, url)
