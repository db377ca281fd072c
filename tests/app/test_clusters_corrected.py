"""Clusters put right on the pages: merge, move, a new one; every page goes on with them."""

from __future__ import annotations

import numpy as np
import pytest
from app_page import box_of, open_at

from paser_core.review import Correction, Kind, Review, Wanted
from paser_core.runs.corrected import corrected
from paser_core.selection import Setting
from paser_core.selection.of_run import select_from_run

PAGES = ("overview", "map", "clusters", "concepts", "budget", "ledger", "compare", "export")


def said(app) -> str:
    boxes = (app.text, app.warning, app.info, app.error, app.caption)
    return "\n".join(str(element.value) for box in boxes for element in box).replace("\\", "")


def put_right(run):
    """One of each kind, by Ben."""
    review = Review.of(run)
    ids = [tuple(run.ids[r] for r in np.flatnonzero(run.labels == k)[:9]) for k in (0, 1)]
    for wanted in (
        Wanted(Kind.MERGE, 2, 5),
        Wanted(Kind.MOVE, 3, samples=ids[0]),
        Wanted(Kind.SPLIT, samples=ids[1], name="Odd ones"),
    ):
        now = corrected(run, review.state().corrections)
        review.correct(
            wanted, author="Ben", reason="one thing", seen=review.revision(), names=now.names
        )
    return corrected(run, review.state().corrections)


def test_a_cluster_is_merged_and_damage_and_budget_follow(monkeypatch, copy, run):
    app = open_at("clusters", monkeypatch, copy, cluster="5")
    app.text_input(key="reviewer-name").set_value("Ann").run()
    box_of(app, "merge-target").set_value(2).run()
    size = int(np.isin(run.labels, (2, 5)).sum())
    values = run.divergence_at(1.0)[np.isin(run.labels, (2, 5)) & run.valid]
    cds = f"{np.nanmean(values):.3f}"
    assert f"Together they have {size} samples, and a CDS of {cds} instead of" in said(app)
    app.button(key="merge-clusters").click().run()
    assert "The reason is empty" in said(app)
    app.text_input(key="merge-reason-5").set_value("one thing").run()
    app.button(key="merge-clusters").click().run()
    assert not app.exception
    review = Review.of(run)
    assert review.state().corrections == (Correction(2, cluster=5),)
    assert "Put right by people: 1 cluster merged, 0 samples moved." in said(app)
    shown = {m.label: m.value for m in app.switch_page("pages/overview.py").run().metric}
    assert shown["Clusters"] == str(run.n_clusters - 1)


def test_filtered_samples_become_a_new_cluster_and_come_back(monkeypatch, copy, run):
    app = open_at("ledger", monkeypatch, copy, budget="2000", status="conflict")
    app.text_input(key="reviewer-name").set_value("Ann").run()
    app.session_state["bulk"] = True
    app.run()
    assert "227 samples: 227 would be moved." in said(app)
    app.text_input(key="move-name").set_value("Contested").run()
    (reason,) = [box for box in app.text_input if box.label == "One reason for all of them"]
    reason.set_value("look at them apart").run()
    app.button(key="bulk-move").click().run()
    assert not app.exception
    review = Review.of(run)
    now = corrected(run, review.state().corrections)
    k = run.n_clusters
    assert now.names[k] == "Contested"
    assert (now.labels == k).sum() == 227
    expected = select_from_run(now, Setting(2000, 1.0))
    shown = {metric.label: metric.value for metric in app.metric}
    assert shown["Rejected (conflict)"] == f"{expected.n_rejected:,}"
    app.button(key="bulk-undo").click().run()
    assert review.state().corrections == ()
    assert not app.exception


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("cluster", [2, 5, 14])
def test_every_page_opens_with_them(monkeypatch, copy, run, page, cluster):
    """Also where the merged and so empty cluster, or the new one, is looked at."""
    now = put_right(run)
    assert now.n_clusters == 15
    app = open_at(page, monkeypatch, copy, cluster=str(cluster))
    assert not app.exception
    assert not app.error


def test_a_page_shows_what_the_core_says(monkeypatch, copy, run):
    now = put_right(run)
    app = open_at("clusters", monkeypatch, copy, cluster="14")
    shown = {metric.label: metric.value for metric in app.metric}
    assert shown["Samples"] == "9"
    assert any("Odd ones" in header.value for header in app.header)
    selection = select_from_run(now, Setting.of(now))
    assert str(int(selection.accepted[14])) in shown.values() or any(
        value.startswith(f"{selection.accepted[14]}") for value in shown.values()
    )
