"""What can happen to the file, the disk and the URL of a review: one clear sentence each."""

from __future__ import annotations

import multiprocessing
import os
import random
import shutil
import socket
import sqlite3
import sys
import tempfile
import threading
from pathlib import Path

import pytest
import review_editors
from postgres_server import server_url
from review_places import NAMES, RUN, open_at, place
from sqlalchemy import create_engine, make_url, text

from paser_core.errors import ReviewError
from paser_core.review import VARIABLE, Review, postgres, sqlite

PROCESSES = multiprocessing.get_context("spawn")


def note(review):
    return review.note(0, "text", author="Ann")


@pytest.fixture(autouse=True)
def no_url(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)


@pytest.fixture
def folder():
    """A folder that any user can look into, which pytest's own are not."""
    path = Path(tempfile.mkdtemp(prefix="paser-test-"))
    path.chmod(0o755)
    yield path
    path.chmod(0o755)
    shutil.rmtree(path)


def look_without_rights(folder, elsewhere):
    """Names seen, and what an edit says, by a user who cannot write in ``folder``."""
    folder.chmod(0o555)
    results = PROCESSES.Queue()
    process = PROCESSES.Process(
        target=review_editors.look_without_rights, args=(folder, elsewhere, results)
    )
    process.start()
    said = [results.get(timeout=60) for _ in range(2)]
    process.join(60)
    assert process.exitcode == 0
    return said


posix = pytest.mark.skipif(os.name != "posix", reason="rights of POSIX")


@posix
def test_a_folder_that_cannot_be_written_opens(folder, tmp_path):
    names, said = look_without_rights(folder, tmp_path)
    assert names == {}
    assert "cannot be written" in said
    assert "PASER_REVIEW_URL" in said
    assert list(folder.iterdir()) == []


@posix
def test_a_review_that_cannot_be_written_is_read(folder, tmp_path):
    open_at(folder, None).rename(0, "Kept", author="Ann", seen=0, automatic=NAMES)
    before = {p.name: p.read_bytes() for p in folder.iterdir()}
    (folder / "review.sqlite").chmod(0o444)
    names, said = look_without_rights(folder, tmp_path)
    assert names == {0: "Kept"}
    assert "cannot be written" in said
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == before


@posix
def test_edits_left_in_the_log_are_not_overlooked(folder, tmp_path):
    open_at(folder, None).rename(0, "Early", author="Ann", seen=0, automatic=NAMES)
    process = PROCESSES.Process(target=review_editors.die_with_changes_in_the_log, args=(folder,))
    process.start()
    process.join(60)
    assert (folder / "review.sqlite-wal").stat().st_size
    for file in folder.iterdir():
        file.chmod(0o444)
    seen, _ = look_without_rights(folder, tmp_path)
    # Without rights either all of it or a sentence; never the old state as if it were the new one.
    assert seen == {0: "Early", 1: "Late"} or "the last edits are still in" in seen
    folder.chmod(0o755)
    assert open_at(folder, None).state().names == {0: "Early", 1: "Late"}


def test_between_edits_the_file_has_everything(tmp_path):
    review = open_at(tmp_path, None)
    note(review)
    note(review)
    assert [p.name for p in tmp_path.iterdir()] == ["review.sqlite"]
    copy = tmp_path / "copy"
    copy.mkdir()
    shutil.copy(tmp_path / "review.sqlite", copy)
    assert open_at(copy, None).history() == review.history()
    with sqlite3.connect(tmp_path / "review.sqlite") as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


@pytest.mark.parametrize(
    "content", [b"not a database\n" * 100, b"SQLite format 3\0" + b"\xff" * 900]
)
def test_a_file_of_something_else_is_said(tmp_path, content):
    file = tmp_path / "review.sqlite"
    file.write_bytes(content)
    review = open_at(tmp_path, None)
    for act in (review.state, review.revision, review.left_behind, lambda: note(review)):
        with pytest.raises(ReviewError, match=r"damaged.*Restore a copy"):
            act()
    assert file.read_bytes() == content


def test_an_empty_file_is_an_empty_review(tmp_path):
    (tmp_path / "review.sqlite").touch()  # what a kill at the very first moment leaves
    review = open_at(tmp_path, None)
    assert review.revision() == 0
    assert note(review) == review.history()[0]


def test_any_damage_is_a_sentence_or_no_damage(tmp_path):
    review = open_at(tmp_path, None)
    for i in range(40):
        review.note(i, "word " * 60, author="Ann")
    whole = (tmp_path / "review.sqlite").read_bytes()
    history = review.history()
    chance = random.Random(0)
    refused = 0
    for i in range(150):
        damaged = bytearray(whole)
        if i % 3 == 0:
            del damaged[chance.randrange(1, len(whole)) :]
        else:
            start = chance.randrange(len(whole))
            size = chance.choice([1, 40, 2000])
            damaged[start : start + size] = chance.randbytes(len(damaged[start : start + size]))
        place = tmp_path / str(i)
        place.mkdir()
        (place / "review.sqlite").write_bytes(damaged)
        try:
            read = open_at(place, None).history()
        except ReviewError:
            refused += 1
        else:
            assert len(read) <= len(history)
        shutil.rmtree(place)
    assert refused > 50


def test_a_lock_held_for_long_is_said_and_readers_do_not_wait(tmp_path, monkeypatch):
    monkeypatch.setattr(sqlite, "PATIENCE", 0.2)
    review = open_at(tmp_path, None)
    made = note(review)
    other = sqlite3.connect(tmp_path / "review.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(ReviewError, match="locked for over"):
        note(review)
    assert review.history() == (made,)
    other.execute("ROLLBACK")
    other.close()
    note(review)
    assert review.revision() == 2


def test_a_lock_held_for_a_moment_is_waited_for(tmp_path):
    review = open_at(tmp_path, None)
    note(review)
    other = sqlite3.connect(
        tmp_path / "review.sqlite", isolation_level=None, check_same_thread=False
    )
    other.execute("BEGIN IMMEDIATE")
    release = threading.Timer(0.5, lambda: other.execute("ROLLBACK"))
    release.start()
    note(review)
    release.join()
    other.close()
    assert review.revision() == 2


def test_a_folder_with_an_odd_name(tmp_path):
    folder = tmp_path / "my run?mode=memory#1 %41 ü"
    folder.mkdir()
    note(open_at(folder, None))
    assert [p.name for p in folder.iterdir()] == ["review.sqlite"]
    assert open_at(folder, None).revision() == 1


def test_a_url_from_the_environment_and_one_that_is_given(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, f"sqlite:///{tmp_path / 'team.sqlite'}")
    note(Review.open(tmp_path / "one", RUN))
    assert [p.name for p in tmp_path.iterdir()] == ["team.sqlite"]
    assert Review.open(tmp_path / "copy of one", RUN).revision() == 1
    # What is given goes before the environment, and an empty variable is none.
    assert Review.open(tmp_path, RUN, f"sqlite:///{tmp_path / 'other.sqlite'}").revision() == 0
    monkeypatch.setenv(VARIABLE, "")
    assert Review.open(tmp_path, RUN).revision() == 0


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("not a url secret", "is not the URL of a database"),
        ("postgresql://ann:secret@host:port/db", "is not the URL of a database"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("mysql://ann:secret@host/db", "of the kind 'mysql'"),
        ("postgres://ann:secret@host/db", "of the kind 'postgres'"),
        ("postgresql+asyncpg://ann:secret@host/db", "driver 'postgresql+asyncpg'"),
        ("postgresql+nothing://ann:secret@host/db", "driver 'postgresql+nothing'"),
    ],
)
def test_a_url_that_is_none_is_said_without_its_password(tmp_path, url, words):
    with pytest.raises(ReviewError) as caught:
        Review.open(tmp_path, RUN, url)
    assert words in str(caught.value)
    assert "postgresql" in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("driver", "package"), [("psycopg", "psycopg[binary]"), ("psycopg2", "psycopg2-binary")]
)
def test_a_missing_driver_names_its_package(tmp_path, monkeypatch, driver, package):
    monkeypatch.setitem(sys.modules, driver, None)  # as if it were not installed
    with pytest.raises(ReviewError) as caught:
        Review.open(tmp_path, RUN, f"postgresql+{driver}://ann:secret@host/{driver}")
    assert f'pip install "{package}"' in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("where", ["ann:top-secret@", "?password=top-secret"])
def test_a_server_that_is_not_there_is_one_sentence(tmp_path, where):
    pytest.importorskip("psycopg")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    login, _, query = where.partition("?")
    url = f"postgresql://{login}127.0.0.1:{port}/reviews" + (f"?{query}" if query else "")
    review = Review.open(tmp_path, RUN, url)
    for act in (review.state, lambda: note(review)):
        with pytest.raises(ReviewError) as caught:
            act()
        said = str(caught.value)
        assert said.startswith("postgresql://127.0.0.1/reviews: the database does not answer")
        assert "\n" not in said
        assert "top-secret" not in said
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def server():
    return make_url(server_url())


def test_a_wrong_password_is_not_repeated(server, tmp_path):
    url = server.set(password="wrong-secret").render_as_string(hide_password=False)
    with pytest.raises(ReviewError, match="does not answer as it should") as caught:
        Review.open(tmp_path, RUN, url).state()
    assert "wrong-secret" not in str(caught.value)


def test_an_editor_who_never_ends_is_said(server, tmp_path, monkeypatch):
    monkeypatch.setattr(postgres, "PATIENCE", 1)
    with place("postgresql", tmp_path) as url:
        review = Review.open(tmp_path, RUN, url)
        note(review)
        with review._database.writing(RUN):
            with pytest.raises(ReviewError, match="has been editing this run for over"):
                note(review)
            assert review.revision() == review.history()[0].id
            # Another run is free.
            note(Review.open(tmp_path, "b" * 64, url))
        note(review)


def test_a_user_without_rights_is_said(server, tmp_path):
    with place("postgresql", tmp_path) as url:
        note(Review.open(tmp_path, RUN, url))
        schema = make_url(url).query["options"].partition("=")[2]
        role = f"reader_{schema[-12:]}"
        engine = create_engine(url)
        with engine.begin() as c:
            c.execute(text(f"CREATE ROLE {role} LOGIN PASSWORD 'reader-secret'"))
            c.execute(text(f"GRANT USAGE ON SCHEMA {schema} TO {role}"))
            c.execute(text(f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {role}"))
        try:
            login = make_url(url).set(username=role, password="reader-secret")
            review = Review.open(tmp_path, RUN, login.render_as_string(hide_password=False))
            assert len(review.history()) == 1
            with pytest.raises(ReviewError, match=r"may not do that.*permission denied"):
                note(review)
        finally:
            postgres_pool = review._database._engine
            postgres_pool.dispose()
            with engine.begin() as c:
                c.execute(text(f"DROP OWNED BY {role}"))
                c.execute(text(f"DROP ROLE {role}"))
            engine.dispose()
