"""What the review tests do in processes of their own."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from review_places import NAMES, RUN

from paser_core.errors import PaserError, ReviewConflict
from paser_core.review import Review


def force_many(folder: Path, url: str | None, who: str, count: int, start) -> None:
    """Force ``count`` samples of one's own, as fast as it goes."""
    review = Review.open(folder, RUN, url)
    start.wait()
    for i in range(count):
        review.force_in(f"{who}-{i}", author=who, reason="because", seen=review.revision())


def fight(folder: Path, url: str | None, who: str, rounds: int, barrier, results) -> None:
    """Rename one cluster at the same moment as somebody else, who looked at the same revision."""
    review = Review.open(folder, RUN, url)
    for i in range(rounds):
        seen = review.revision()
        barrier.wait()
        try:
            review.rename(0, f"{who} {i}", author=who, seen=seen, automatic=NAMES)
            results.put((i, who, None))
        except ReviewConflict as error:
            results.put((i, who, str(error)))
        barrier.wait()


def take_one_name(folder: Path, url: str | None, cluster: int, rounds: int, barrier, results):
    """Give one's own cluster the name that somebody else gives to another at the same moment."""
    review = Review.open(folder, RUN, url)
    for i in range(rounds):
        seen = review.revision()
        barrier.wait()
        try:
            review.rename(cluster, f"Name {i}", author="A", seen=seen, automatic=NAMES)
            results.put((i, cluster, None))
        except PaserError as error:
            results.put((i, cluster, str(error)))
        barrier.wait()


def note_until_killed(folder: Path, done) -> None:
    """Write notes for ever; say which ones are stored."""
    review = Review.open(folder, RUN)
    while True:
        done.send(review.note(0, "work", author="Ann").id)


def look_without_rights(folder: Path, elsewhere: Path, results) -> None:
    """What somebody sees who may not write in the folder; root gives up being root first."""
    warm = Review.open(elsewhere, RUN)  # libraries load here, where they can be read
    warm.note(0, "warm", author="Ann")
    warm.state()
    if os.geteuid() == 0:
        os.setgid(65534)
        os.setuid(65534)
    review = Review.open(folder, RUN)
    for act in (
        lambda: review.state().names,
        lambda: review.note(0, "hello", author="Ben").id,
    ):
        try:
            results.put(act())
        except PaserError as error:
            results.put(str(error))


def die_with_changes_in_the_log(folder: Path) -> None:
    """Leave as a killed editor does: the last edit is only in the write-ahead log."""
    review = Review.open(folder, RUN)
    held = sqlite3.connect(folder / "review.sqlite")
    held.execute("SELECT count(*) FROM review_edits").fetchone()  # nobody is the last to close
    review.rename(1, "Late", author="Ann", seen=review.revision(), automatic=NAMES)
    os._exit(0)
