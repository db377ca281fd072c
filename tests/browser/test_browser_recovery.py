"""From a selection to what came back: Export starts a recovery, Overview shows what it retains."""

from __future__ import annotations

import contextlib
import json
import os
import signal

import pytest
from app import quiet, serious

from dashboard.jobs import folders, listing
from dashboard.serving import DEMO
from paser_core.explain.recoveries import RECOVERED, recoveries_of
from paser_core.explain.retention import retentions
from paser_core.runs import Run

pytestmark = pytest.mark.browser

SLOW = 240_000  # ms: five commands, most of it imports; 40 s on two free cores


@pytest.fixture
def home(serve, monkeypatch, tmp_path):
    """A server on the demo whose new work goes into a folder of its own; ``(server, runs)``."""
    runs = tmp_path / "runs"
    told = {"PASER_STARTED_IN": str(tmp_path), "PASER_NEW_RUNS": str(runs), "OMP_NUM_THREADS": "1"}
    for name, value in (told | {"PASER_RUNS": str(DEMO)}).items():
        monkeypatch.setenv(name, value)
    yield serve(DEMO, **told), runs
    for status in listing.known_jobs(runs / RECOVERED):
        if status.state.is_active:
            with contextlib.suppress(ProcessLookupError):  # over by itself
                os.kill(folders.Job.read(status.folder).pid, signal.SIGKILL)


def fill(page, role, label, text):
    box = page.get_by_role(role, name=label)
    box.fill(text)
    box.press("Enter")
    quiet(page)


def test_a_selection_is_trained_on_and_overview_shows_what_came_back(home, watched, tmp_path):
    server, runs = home
    held_out = (DEMO.parent / "heldout.jsonl").read_text().splitlines()
    wanted = ("arithmetic", "summarising")
    rows = [json.loads(line) for line in held_out]
    few = [row for name in wanted for row in rows if row["capability"] == name][::8]
    (tmp_path / "few.jsonl").write_text("".join(json.dumps(row) + "\n" for row in few))

    page = watched(f"{server.url}/export?budget=60", height=1400)
    page.get_by_role("button", name="Start the recovery").wait_for()
    quiet(page)
    fill(page, "textbox", "Tasks", "jsonl:gone.jsonl")
    page.get_by_text("gone.jsonl").first.wait_for(timeout=SLOW)
    assert page.get_by_role("button", name="Start the recovery").is_disabled()
    fill(page, "textbox", "Tasks", "jsonl:few.jsonl")
    page.get_by_text(f"Measured on {len(few)} questions").wait_for(timeout=SLOW)
    fill(page, "spinbutton", "Learning rate", "0.001")
    fill(page, "textbox", "Name of the recovered model", "mine")
    assert serious(page) == []
    page.get_by_role("button", name="Start the recovery").click()
    page.get_by_role("heading", name="Progress").wait_for()
    page.get_by_role("button", name="See what came back").wait_for(timeout=SLOW)

    page.get_by_role("button", name="See what came back").click()
    page.get_by_role("heading", name="Overview", level=1).wait_for()
    table = page.get_by_role("table", name="Retention by capability")
    table.wait_for()
    run = Run.open(DEMO)
    found = retentions(run, recoveries_of(run, [runs]), run.divergence_at(1.0))
    assert [line.name for line in found.lines] == list(wanted)  # most damaged first
    assert found.column == "capability"
    shown = table.locator("tbody tr").all_inner_texts()
    for line, text in zip(found.lines, shown, strict=True):
        cells = text.split("\t")
        assert cells[0].strip() == line.name
        assert cells[1].strip() == f"{line.cds:.3f}"
        assert f"{100 * line.recovered[0].retention:.1f} %" in cells[4]
    totals = page.get_by_role("table", name="Recovered models").inner_text()
    assert f"{100 * found.recovered[0].mean:.1f} %" in totals
    assert "paser, 60 of 4,178" in totals
    assert page.locator('[data-testid="stException"]').count() == 0
    assert serious(page) == []
