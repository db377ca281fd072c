"""New run compresses the original first: what is said before, what is started, and that it ends in a run."""

from __future__ import annotations

import json
import time

import pytest

from dashboard.jobs import folders
from dashboard.jobs import status as job_status
from dashboard.jobs.states import JobState
from dashboard.serving import DEMO
from paser_core.models.checkpoint import fingerprint_of
from paser_core.runs import Run

ORIGINAL = DEMO.parent / "models" / "original"
LONGEST = 300.0  # s; about 30 s on two free cores, most of it imports


@pytest.fixture
def small_pool(home):
    """A few rows of the demo's pool, of several capabilities."""
    rows = (DEMO.parent / "pool.jsonl").read_text().splitlines()[:40]
    (home / "small.jsonl").write_text("\n".join(rows) + "\n")
    return home / "small.jsonl"


def asked_to_compress(page, pool, method):
    """The form filled in as a person does; the usual settings of the method."""
    page.segmented_control(key="new-source").set_value("On this machine").run()
    page.text_input(key="new-path").set_value(str(pool)).run()
    page.segmented_control(key="new-models-from").set_value("Compress the original first").run()
    page.selectbox(key="new-compress.method").set_value(method).run()
    page.selectbox(key="new-models.template").set_value("chat").run()
    return page.text_input(key="new-models.original").set_value(str(ORIGINAL)).run()


def ended(run):
    """The job's state when it is over."""
    until = time.monotonic() + LONGEST
    while (looked := job_status.status(run)).state.is_active:
        assert time.monotonic() < until, folders.log_tail(run)
        time.sleep(0.3)
    return looked


@pytest.mark.slow
def test_the_original_is_compressed_and_then_measured(page, home, small_pool):
    asked_to_compress(page, small_pool, "wanda")
    assert not page.exception
    assert not page.error
    page.text_input(key="new-name").set_value("mine").run()
    shown = [code.value for code in page.code]
    (commands,) = [text for text in shown if text.startswith("paser compress")]
    first, second = commands.splitlines()
    assert "--method wanda" in first
    assert second == "paser run runs/.jobs/mine/run.yaml --out runs/mine"
    page.button(key="start").click().run()
    assert not page.exception
    assert not page.error

    run = home / "runs" / "mine"
    looked = ended(run)
    assert looked.state is JobState.DONE, (looked, folders.log_tail(run))
    made = home / "runs" / "models" / "mine"
    record = json.loads((made / "compression.json").read_text())
    assert record["method"] == "wanda"
    finished = Run.open(run)
    pair = finished.manifest["models"]
    assert pair["original"]["fingerprint"] == fingerprint_of(str(ORIGINAL))
    assert pair["compressed"]["fingerprint"] == fingerprint_of(str(made))
    assert finished.counts.measured > 30
    assert finished.divergence_at(1.0)[finished.valid].max() > 0.01  # it is damaged
    # And it can be looked at.
    page.run()
    page.button(key=f"open-live-{run}").click().run()
    page.switch_page("pages/overview.py").run()
    assert not page.exception
    assert any("wanda" in text.value.lower() for text in page.text)


def test_what_does_not_fit_the_model_is_said_before_the_start(page, small_pool):
    asked_to_compress(page, small_pool, "wanda")
    assert not page.button(key="start").disabled
    page.text_input(key="new-models.original").set_value("").run()
    assert page.button(key="start").disabled
    assert "Name the original model." in [text.value for text in page.text]
