"""Several people at once: real processes on one SQLite file, and on one PostgreSQL server."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import threading
import time
from itertools import pairwise

import pytest
import review_editors
from review_places import NAMES, open_at

PROCESSES = multiprocessing.get_context("spawn")
ROUNDS = 20


def started(target, *arguments):
    process = PROCESSES.Process(target=target, args=arguments, daemon=True)
    process.start()
    return process


def finish(processes):
    for process in processes:
        process.join(120)
        assert process.exitcode == 0


def test_nobody_loses_an_edit(where):
    folder, url = where
    people, each = ("Ann", "Ben"), 100
    start = PROCESSES.Barrier(len(people))  # whoever has imported first waits for the other
    editors = [started(review_editors.force_many, folder, url, who, each, start) for who in people]
    # Somebody looks on. What they have seen must never get an older edit later: whoever has seen
    # revision 6 has seen 5.
    review = open_at(folder, url)
    seen = []
    while any(e.is_alive() for e in editors):
        ids = [e.id for e in reversed(review.history())]
        assert ids[: len(seen)] == seen
        seen = ids
    finish(editors)
    forced = open_at(folder, url).state().forced_in
    assert len(forced) == len(people) * each
    for who in people:
        assert [s for s in forced if s.startswith(who)] == [f"{who}-{i}" for i in range(each)]
    # They did work at the same time.
    authors = [e.author for e in review.history()]
    assert sum(a != b for a, b in pairwise(authors)) > 2


def test_one_of_two_wins_and_the_other_is_told(where):
    folder, url = where
    barrier, results = PROCESSES.Barrier(2), PROCESSES.Queue()
    editors = [
        started(review_editors.fight, folder, url, who, ROUNDS, barrier, results)
        for who in ("Ann", "Ben")
    ]
    outcomes = [results.get(timeout=120) for _ in range(2 * ROUNDS)]
    finish(editors)
    for i in range(ROUNDS):
        (winner,) = [who for n, who, said in outcomes if n == i and said is None]
        (said,) = [said for n, _, said in outcomes if n == i and said is not None]
        assert said.startswith(f"{winner} renamed this cluster to “{winner} {i}” at ")
    assert len(open_at(folder, url).history()) == ROUNDS


def test_two_clusters_never_get_one_name(where):
    folder, url = where
    barrier, results = PROCESSES.Barrier(2), PROCESSES.Queue()
    editors = [
        started(review_editors.take_one_name, folder, url, cluster, ROUNDS, barrier, results)
        for cluster in (0, 1)
    ]
    outcomes = [results.get(timeout=120) for _ in range(2 * ROUNDS)]
    finish(editors)
    for i in range(ROUNDS):
        (winner,) = [cluster for n, cluster, said in outcomes if n == i and said is None]
        (said,) = [said for n, _, said in outcomes if n == i and said is not None]
        assert f"“Name {i}” is the name of cluster {winner} already" in said


def test_the_first_edit_of_many_makes_one_database(where):
    folder, url = where
    barrier = threading.Barrier(8)
    failed = []

    def edit(number):
        review = open_at(folder, url)
        barrier.wait()
        try:
            review.note(number, "first", author="Ann")
        except Exception as error:  # noqa: BLE001 - whatever it is, the test must see it
            failed.append(error)

    threads = [threading.Thread(target=edit, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failed == []
    assert sorted(e.subject for e in open_at(folder, url).history()) == list(range(8))


def test_threads_share_one_review(where):
    review = open_at(*where)
    failed = []

    def edit(number):
        try:
            for i in range(5):
                review.note(number, f"note {i}", author="Ann")
                assert next(e.value for e in review.history(number)) == f"note {i}"
        except Exception as error:  # noqa: BLE001 - whatever it is, the test must see it
            failed.append(error)

    threads = [threading.Thread(target=edit, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failed == []
    assert len(review.history()) == 20


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
def test_what_was_stored_survives_a_kill(tmp_path):
    stored = set()
    for attempt in range(3):
        here, there = PROCESSES.Pipe(duplex=False)
        editor = started(review_editors.note_until_killed, tmp_path, there)
        for _ in range(5):
            stored.add(here.recv())
        time.sleep(random.Random(attempt).uniform(0, 0.05))
        os.kill(editor.pid, signal.SIGKILL)
        editor.join(30)
        there.close()
        while True:
            try:
                stored.add(here.recv())
            except EOFError:
                break
        review = open_at(tmp_path, None)
        kept = {e.id for e in review.history()}
        assert stored <= kept
        assert len(kept - stored) <= attempt + 1  # stored, but killed before it could say so
        review.rename(0, f"Name {attempt}", author="Ben", seen=review.revision(), automatic=NAMES)
        stored.add(review.revision())
