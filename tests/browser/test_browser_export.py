"""Export: built, downloaded, and opened as a trainer would; the selection is that of the core."""

from __future__ import annotations

import json
import re
import zipfile

import numpy as np
import pyarrow.parquet as pq
import pytest
from app import quiet

from paser_core.selection import Setting, Status
from paser_core.selection.of_run import select_from_run

pytestmark = pytest.mark.browser

BUDGET, TEMPERATURE = 300, 1.3
QUERY = f"budget={BUDGET}&temperature={TEMPERATURE}"


@pytest.fixture(scope="module")
def selection(demo):
    knobs = Setting.of(demo, budget=float(BUDGET), temperature=TEMPERATURE)
    return select_from_run(demo, knobs)


def alpaca(instruction: str, extra: str, output: str) -> dict:
    return {"instruction": instruction, "input": extra, "output": output}


def messages(instruction: str, extra: str, output: str) -> dict:
    asked = f"{instruction}\n\n{extra}" if extra else instruction
    turns = (("user", asked), ("assistant", output))
    return {"messages": [{"role": role, "content": text} for role, text in turns]}


def download(page, folder):
    """Build the export, fetch the zip, and unpack it as a person would."""
    page.get_by_role("button", name="Build export").click()
    page.get_by_text("read back with").wait_for(timeout=60_000)
    quiet(page)  # a button that is being drawn anew may miss a click
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download zip").click()
    with zipfile.ZipFile(waiting.value.path()) as archive:
        archive.extractall(folder)
    (unpacked,) = folder.iterdir()
    return unpacked


def load(path, cache) -> list[dict]:
    """The training file with the library that trainers read it with."""
    import datasets

    files = str(path)
    return datasets.load_dataset(
        "json", data_files=files, split="train", cache_dir=str(cache)
    ).to_list()


@pytest.mark.parametrize("shape", [alpaca, messages])
def test_a_trainer_reads_what_the_core_selects(open_page, demo, selection, tmp_path, shape):
    page = open_page(f"export?{QUERY}")
    quiet(page)
    page.get_by_role("radio", name=shape.__name__, exact=True).click()
    quiet(page)
    out = download(page, tmp_path / "unpacked")
    names = {path.name for path in out.iterdir()}
    assert {"train.jsonl", "scores.parquet", "rejected.jsonl", "selection.yaml"} <= names

    columns = (demo.samples[c].tolist() for c in ("instruction", "input", "output"))
    rows = [shape(*texts) for texts in zip(*columns, strict=True)]
    trained = load(out / "train.jsonl", tmp_path / "cache")
    assert trained == [rows[r] for r in selection.rows]
    assert len(trained) == selection.n_selected == BUDGET

    # A training row has no id: the scores say which samples they are, in the same order.
    ids = demo.samples["id"].tolist()
    scores = pq.read_table(out / "scores.parquet").to_pandas()
    assert scores["id"].tolist() == ids
    taken = scores[scores["status"] == Status.SELECTED].sort_values("rank")
    assert taken["id"].tolist() == [ids[r] for r in selection.rows]
    assert taken["rank"].tolist() == list(range(1, BUDGET + 1))

    rejected = np.flatnonzero(selection.status == Status.CONFLICT.code)
    lines = (out / "rejected.jsonl").read_text(encoding="utf-8").split("\n")[:-1]
    assert {json.loads(line)["id"] for line in lines} == {ids[r] for r in rejected}


def test_a_moved_knob_asks_for_another_build(open_page):
    page = open_page(f"export?{QUERY}")
    quiet(page)
    page.get_by_role("button", name="Build export").click()
    page.get_by_role("button", name="Download zip").wait_for(timeout=60_000)
    page.get_by_role("slider", name="Budget (samples)").press("ArrowRight")
    page.get_by_text("Build it again").wait_for()
    quiet(page)
    # The old selection cannot be had under the new knobs.
    assert page.get_by_role("button", name="Download zip").count() == 0
    page.get_by_role("button", name="Build export").click()
    page.get_by_text(re.compile(f"train.jsonl: {BUDGET + 1} rows")).wait_for(timeout=60_000)
