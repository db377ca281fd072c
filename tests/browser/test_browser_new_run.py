"""The page New run as a person uses it: a file with mistakes in, a run out, watched and opened."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import signal

import pytest
from app import quiet, serious

from dashboard.jobs import folders, listing, states
from dashboard.jobs import status as job_status
from dashboard.serving import DEMO
from paser_core.workspace.events import read_events

pytestmark = pytest.mark.browser

MODELS = DEMO.parent / "models"
HOSTILE = "<script>document.title='owned'</script> $x^2$ ![](http://example.org/a.png) **bold**"
SLOW = 120_000  # ms: a run takes 10 s on two free cores, most of it imports


@pytest.fixture
def home(serve, monkeypatch, tmp_path):
    """A server whose new runs go into ``runs`` of a folder of its own; ``(server, runs)``."""
    runs = tmp_path / "runs"
    told = {"PASER_STARTED_IN": str(tmp_path), "PASER_NEW_RUNS": str(runs), "OMP_NUM_THREADS": "1"}
    places = f"{DEMO}{os.pathsep}{runs}"
    for name, value in (told | {"PASER_RUNS": places}).items():
        monkeypatch.setenv(name, value)
    yield serve(places, **told), runs
    for status in listing.known_runs():
        if status.state.is_active:
            with contextlib.suppress(ProcessLookupError):  # over by itself
                os.kill(folders.Job.read(status.folder).pid, signal.SIGKILL)


def demo_rows(n):
    """Fewer than ten that can be used need no UMAP, which is most of what a small run takes."""
    with (DEMO.parent / "pool.jsonl").open() as file:
        rows = [json.loads(line) for line in file]
    return rows[:: len(rows) // n][:n]


def write_with_mistakes(file):
    """Columns nobody knows, empty texts, an id twice, and a text that wants to be a page."""
    rows = [
        [f"k{i}", f"{r['instruction']}\n{r['input']}".strip(), r["output"], i]
        for i, r in enumerate(demo_rows(11))
    ]
    rows[4][2] = ""
    rows[6][1] = ""
    rows[9][0] = "k2"
    rows[1][1] = HOSTILE
    with file.open("w", newline="") as out:
        csv.writer(out).writerows([["key", "ask", "reply", "number"], *rows])
    return file


def choose(page, label, option):
    page.get_by_role("combobox", name=label).click()
    page.get_by_role("option", name=option, exact=True).click()
    quiet(page)


def fill(page, label, text):
    box = page.get_by_role("textbox", name=label)
    box.fill(text)
    box.press("Enter")
    quiet(page)


def cells(page, table):
    """The texts of a table, as a screen reader finds them."""
    return page.get_by_test_id("stDataFrame").nth(table).locator("td").all_inner_texts()


def test_from_a_file_with_mistakes_to_the_open_run(home, watched, tmp_path):
    server, runs = home
    # A table tells of the columns that are seen, and a list closes when the page scrolls under it.
    page = watched(f"{server.url}/new_run", width=1920, height=1900)
    quiet(page)
    page.set_input_files("input[type=file]", write_with_mistakes(tmp_path / "pool.csv"))
    page.get_by_text("These columns fit no shape").wait_for()
    start = page.get_by_role("button", name="Start the run")
    start.wait_for()
    assert start.is_disabled()
    page.get_by_text("Choose the columns of the instruction").wait_for()

    choose(page, "Instruction", "ask")
    choose(page, "Output", "reply")
    choose(page, "Id", "key")
    page.get_by_text("11 rows: 9 usable, 2 not.").wait_for()
    assert page.get_by_text("These columns fit no shape").count() == 0
    # Both sides show the same rows, the right one as they will be read; texts stay texts.
    found, read = cells(page, 0), cells(page, 1)
    asked = demo_rows(11)[3]["instruction"]
    assert asked in found
    assert asked in read
    assert HOSTILE in found
    assert HOSTILE in read
    assert any(cell.startswith("The output is empty") for cell in read)
    assert any(cell.startswith("The instruction is empty") for cell in cells(page, 2))
    # An id twice loses nothing, and is said.
    page.get_by_text("is read as the id, and 1 of 11 rows repeat").wait_for()
    assert "owned" not in page.title()

    fill(page, "Original model", str(MODELS / "original"))
    page.get_by_text("models.compressed is missing").wait_for()
    fill(page, "Compressed model", str(MODELS / "compresed"))
    page.get_by_text("Did you mean 'compressed'").wait_for()
    fill(page, "Compressed model", str(MODELS / "compressed"))
    page.get_by_text("llama, 4 layers").nth(1).wait_for()
    quiet(page)
    choose(page, "Prompt template", "chat")
    fill(page, "Name of the run", "my-audit")
    assert start.is_enabled()
    assert serious(page) == []

    start.click()
    page.get_by_role("heading", name="Progress").wait_for()
    page.get_by_text("Starting", exact=True).first.wait_for()
    page.get_by_text("Running", exact=True).wait_for(timeout=SLOW)
    # The browser is reloaded in the middle, and a second one looks as well.
    page.reload()
    page.get_by_role("heading", name="Progress").wait_for()
    page.get_by_text("my-audit", exact=True).wait_for()
    other = watched(f"{server.url}/new_run")
    other.get_by_role("heading", name="Progress").wait_for()
    # What is typed while the progress moves is not lost.
    quiet(other)
    other.get_by_text("On this machine").click()
    path = other.get_by_role("textbox", name="Path of a file")
    path.fill("half a pa")
    for looking in (page, other):
        looking.get_by_role("button", name="Open the run").wait_for(timeout=SLOW)
        assert looking.get_by_text("Done", exact=True).first.is_visible()
    assert path.input_value() == "half a pa"

    page.get_by_role("button", name="Open the run").click()
    page.get_by_role("heading", name="Overview", level=1).wait_for()
    quiet(page)
    assert "run=my-audit" in page.url
    assert page.locator('[data-testid="stException"]').count() == 0
    samples = page.locator('[data-testid="stMetric"]', has_text="Samples").first
    assert samples.inner_text().split()[-1] == "11"
    assert job_status.status(runs / "my-audit").state is states.JobState.DONE
    # A copied address opens the same run elsewhere.
    third = watched(page.url)
    quiet(third)
    samples = third.locator('[data-testid="stMetric"]', has_text="Samples").first
    assert samples.inner_text().split()[-1] == "11"


def test_a_run_is_cancelled_and_goes_on_after_a_restart_of_the_server(
    home, serve, watched, tmp_path
):
    server, runs = home
    file = tmp_path / "pool.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in demo_rows(9)))
    page = watched(f"{server.url}/new_run")
    quiet(page)
    page.get_by_text("On this machine").click()
    quiet(page)
    fill(page, "Path of a file", "pool.jsonl")
    page.get_by_text("9 rows, all usable.").wait_for()
    page.get_by_role("button", name="Start the run").click()
    page.get_by_text("Running", exact=True).wait_for(timeout=SLOW)
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Resume").wait_for(timeout=SLOW)
    page.get_by_text("Cancelled", exact=True).wait_for()

    # Another server knows all of it.
    told = {name: os.environ[name] for name in ("PASER_STARTED_IN", "PASER_NEW_RUNS")}
    again = watched(f"{serve(os.environ['PASER_RUNS'], **told).url}/new_run")
    again.get_by_text("Cancelled", exact=True).wait_for()
    again.get_by_role("button", name="Resume").click()
    again.get_by_role("heading", name="Progress").wait_for()
    again.get_by_role("button", name="Open the run").wait_for(timeout=SLOW)
    assert job_status.status(runs / "pool").state is states.JobState.DONE
    kinds = [(e["event"], e.get("stage")) for e in read_events(runs / "pool")]
    assert ("interrupted", None) in kinds
    finished = [stage for event, stage in kinds if event == "stage_finished"]
    assert len(finished) == len(set(finished))  # nothing was done twice


def test_it_opens_clean_without_any_run(serve, watched, tmp_path):
    told = {"PASER_STARTED_IN": str(tmp_path), "PASER_NEW_RUNS": str(tmp_path / "runs")}
    server = serve(tmp_path / "runs", **told)
    page = watched(f"{server.url}/new_run")
    quiet(page)
    page.get_by_text("There is no run yet.").wait_for()
    assert page.locator('[data-testid="stException"]').count() == 0
    assert page.locator('[data-testid="stAlertContentError"]').count() == 0
    assert not (tmp_path / "runs").exists()  # looking makes nothing
    assert serious(page) == []
