"""The page New run, in-process: the form from data to start, and what is listed."""

from __future__ import annotations

import csv
import json
import shutil

import pytest
import yaml
from streamlit.testing.v1 import AppTest
from tiny_run import loaders, write_pair, write_workspace

from dashboard.jobs import folders
from dashboard.jobs import status as job_status
from dashboard.jobs.states import JobState
from dashboard.serving import DEMO
from paser_core.config import load_config, parse_config, to_tree
from paser_core.measure import run_pipeline
from paser_core.measure.resume import open_folder
from paser_core.workspace.checkpoints import Checkpoints
from paser_core.workspace.lock import FolderLock

ROOT = DEMO.parents[2]
HOSTILE = "<script>alert(1)</script> $x^2$ ![](http://example.org/a.png) **bold**"


def write_pool(folder, name="pool.csv", columns=("key", "ask", "reply"), n=12):
    with (folder / name).open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows([f"k{i}", f"Say {i}. {HOSTILE}", f"It is {i}."] for i in range(n))
    return folder / name


def from_path(page, text):
    page.segmented_control(key="new-source").set_value("On this machine").run()
    return page.text_input(key="new-path").set_value(text).run()


def mapped(page):
    page.selectbox(key="new-data.fields.instruction").set_value("ask")
    page.selectbox(key="new-data.fields.output").set_value("reply")
    return page.selectbox(key="new-data.fields.id").set_value("key").run()


def start_button(page):
    return page.button(key="start")


def texts(page):
    return [element.value for element in page.text]


def errors(page):
    """The messages as they are read: Markdown's escapes are not seen."""
    return [element.value.replace("\\", "") for element in page.error]


def test_it_opens_with_the_question_for_data_and_the_runs_there_are(page):
    assert not page.exception
    assert not page.error
    assert [header.value for header in page.header] == ["Data", "Runs"]
    assert "**run**" in [m.value for m in page.markdown]
    assert "start" not in [button.key for button in page.button]


def test_columns_that_are_not_known_are_mapped_and_shown_as_they_will_be_read(page, home):
    write_pool(home)
    from_path(page, "pool.csv")
    assert "fit no shape" in page.warning[0].value
    assert list(page.dataframe[0].value.columns) == ["key", "ask", "reply"]
    assert page.dataframe[0].value["ask"].iloc[3] == f"Say 3. {HOSTILE}"
    assert start_button(page).disabled
    assert "Choose the columns of the instruction and the output first." in texts(page)

    mapped(page)
    assert not page.warning
    assert not page.error
    read = page.dataframe[1].value
    assert list(read.columns) == ["Instruction", "Output"]
    assert read["Output"].iloc[3] == "It is 3."
    assert page.success[0].value == "12 rows, all usable."
    assert not start_button(page).disabled
    assert page.text_input(key="new-name").placeholder == "pool"
    for name in ("rows-as-found", "rows-as-read"):
        page.session_state[f"download-{name}"] = True
        page.run()
        assert not page.exception
        offered = [button.proto.label for button in page.get("download_button")]
        assert offered.count("CSV") == 1 + (name == "rows-as-read")


def test_a_changed_mapping_changes_what_will_be_read_and_a_wrong_one_is_one_sentence(page, home):
    write_pool(home)
    mapped(from_path(page, "pool.csv"))
    page.selectbox(key="new-data.fields.output").set_value("key").run()
    assert page.dataframe[1].value["Output"].iloc[3] == "k3"
    page.selectbox(key="new-data.fields.messages").set_value("ask").run()
    assert len(page.error) == 1
    assert "messages and single fields" in errors(page)[0]
    assert start_button(page).disabled


def test_another_file_forgets_columns_that_it_does_not_have(page, home):
    write_pool(home)
    write_pool(home, "alpaca.csv", ("id", "instruction", "output"))
    mapped(from_path(page, "pool.csv"))
    page.text_input(key="new-path").set_value("alpaca.csv").run()
    assert not page.exception
    assert not page.error
    assert not page.warning
    assert page.dataframe[1].value["Output"].iloc[3] == "It is 3."
    # ✓: recognized by their names
    assert "✓ instruction" in page.selectbox(key="new-data.fields.instruction").options


def test_rows_that_cannot_be_used_are_counted_and_named(page, home):
    file = write_pool(home)
    lines = file.read_text().splitlines()
    lines[5] = lines[5].rsplit(",", 1)[0] + ","  # no output
    lines[9] = lines[9].replace(lines[9].split(",")[1], "", 1)  # no instruction
    file.write_text("\n".join(lines))
    mapped(from_path(page, str(file)))
    assert "12 rows: 10 usable, 2 not" in page.warning[0].value
    problems = page.dataframe[2].value
    assert list(problems["Id"]) == ["k4", "k8"]
    assert page.dataframe[1].value["Problem"].iloc[4].startswith("The output is empty")
    assert not start_button(page).disabled


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("broken.jsonl", b'{"instruction": "a", "output": "b"}\n{oops\n', "broken"),
        ("latin.csv", "instruction,output\ncafé,b\n".encode("latin-1"), "UTF-8"),
        ("empty.csv", b"", "empty"),
        ("two.csv", b"instruction,output\na,b,c\n", "has 3 cells"),
        ("pool.txt", b"hello", "files ending in"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_sentence(page, home, name, content, said):
    (home / name).write_bytes(content)
    from_path(page, name)
    assert not page.exception
    assert len(page.error) == 1
    assert said in errors(page)[0]
    assert "start" not in [button.key for button in page.button]


def test_what_the_options_say_wrong_stands_beside_the_button(page, home):
    write_pool(home)
    mapped(from_path(page, "pool.csv"))
    page.number_input(key="new-clustering.k_min").set_value(9)
    page.number_input(key="new-clustering.k_max").set_value(4).run()
    assert any("k_min must not be larger" in text for text in texts(page))
    assert start_button(page).disabled
    page.number_input(key="new-clustering.k_max").set_value(9).run()
    assert not start_button(page).disabled
    page.text_input(key="new-name").set_value("../elsewhere").run()
    assert any("cannot be used" in text for text in texts(page))
    assert start_button(page).disabled


def test_one_model_is_not_enough_and_a_slip_in_a_path_is_seen_at_once(page, home):
    write_pool(home)
    mapped(from_path(page, "pool.csv"))
    models = DEMO.parent / "models"
    page.text_input(key="new-models.original").set_value(str(models / "original")).run()
    assert any("models.compressed is missing" in text for text in texts(page))
    page.text_input(key="new-models.compressed").set_value(str(models / "compresed")).run()
    assert "Did you mean 'compressed'" in errors(page)[0]
    assert start_button(page).disabled
    page.text_input(key="new-models.compressed").set_value(str(models / "compressed")).run()
    assert not page.error
    assert not start_button(page).disabled


def test_the_file_on_the_screen_is_the_file_that_is_started(page, home):
    write_pool(home)
    mapped(from_path(page, "pool.csv"))
    page.number_input(key="new-clustering.n_clusters").set_value(3)
    page.number_input(key="new-seed").set_value(5)
    page.text_input(key="new-name").set_value("mine").run()
    command, shown = (code.value for code in page.code)
    config = parse_config(yaml.safe_load(shown))
    assert (config.seed, config.clustering.n_clusters) == (5, 3)
    assert config.data.path == str(home / "pool.csv")
    assert config.data.fields.instruction == "ask"
    assert command == "paser run runs/.jobs/mine/run.yaml --out runs/mine"

    start_button(page).click().run()
    assert not page.exception
    assert not page.error
    run = home / "runs" / "mine"
    assert load_config(folders.config_file(run)) == config
    assert folders.config_file(run).read_text().rstrip() == shown.rstrip()
    assert job_status.status(run).state.is_active
    # Its progress is on show, the form is empty again, and the name is taken.
    assert "Progress" in [header.value for header in page.header]
    assert page.text_input(key="new-path").value in ("", None)
    page.button(key=f"cancel-live-{run}").click().run()
    assert not page.exception
    assert job_status.status(run).state in (JobState.STOPPING, JobState.CANCELLED)


def test_an_upload_is_kept_by_content_and_survives_another_page(page, home):
    page.file_uploader[0].set_value(("../we ird.csv", write_pool(home).read_bytes(), "text/csv"))
    page.run()
    mapped(page)
    assert page.success[0].value == "12 rows, all usable."
    kept = list((home / "runs" / "uploads").iterdir())
    assert [file.name.partition("-")[2] for file in kept] == ["we_ird.csv"]
    page.switch_page("pages/budget.py").run()
    page.switch_page("pages/new_run.py").run()
    assert not page.exception
    assert "Uploaded before: we_ird.csv" in texts(page)
    assert page.success[0].value == "12 rows, all usable."


@pytest.fixture
def without_models(home):
    config = write_workspace(home, 9, models=False)
    return run_pipeline(config, home / "runs" / "plain", loaders(config)).path


def test_models_are_added_to_a_run_that_has_none(without_models, page, home):
    page.button(key=f"models-list-{without_models}").click().run()
    assert "Models for plain" in [header.value for header in page.header]
    assert "Name both models." in texts(page)
    write_pair(home)
    page.text_input(key="new-models.original").set_value("original").run()
    page.text_input(key="new-models.compressed").set_value("compressed").run()
    go_on = next(b for b in page.button if b.label == "Go on with these models")
    assert not go_on.disabled
    go_on.click().run()
    assert not page.exception
    looked = job_status.status(without_models)
    assert looked.state.is_active
    assert looked.has_models
    models = load_config(folders.config_file(without_models)).models
    assert models.original == str(home / "original")


def test_a_run_can_be_used_again_as_the_start_of_another(without_models, page, home):
    page.button(key=f"again-{without_models}").click().run()
    assert not page.exception
    assert not page.error
    config = parse_config(yaml.safe_load(page.code[1].value))
    again = json.loads(json.dumps(to_tree(config)))
    before = json.loads((without_models / "manifest.json").read_text())["config"]
    assert again == before
    assert not start_button(page).disabled


def test_a_run_that_failed_says_why_and_can_be_removed(page, home):
    config = parse_config({"data": {"path": str(home / "gone.csv")}})
    run = home / "runs" / "bad"
    run.mkdir(parents=True)
    with FolderLock(run):
        checkpoints = Checkpoints(run, open_folder(config, run, str))
        checkpoints.fail(FileNotFoundError(HOSTILE))
    page.run()
    assert any(HOSTILE in text for text in texts(page))  # as text, not as Markdown
    assert not any(HOSTILE in m.value for m in page.markdown)
    page.button(key=f"forget-list-{run}").click().run()
    assert not run.exists()


def test_runs_of_the_same_name_are_told_apart_and_opened(page, home):
    shutil.copytree(DEMO, home / "runs" / "run")
    page.run()
    page.button(key=f"open-list-{home / 'runs' / 'run'}").click().run()
    assert not page.exception
    page.switch_page("pages/overview.py").run()  # the browser follows by itself
    chosen = next(box for box in page.sidebar.selectbox if box.key == "run")
    assert chosen.value == home / "runs" / "run"
    assert chosen.options == ["demo/run", "runs/run"]


def test_without_any_run_the_page_still_makes_one(monkeypatch, home):
    monkeypatch.setenv("PASER_RUNS", str(home / "runs"))
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60).run()
    app.switch_page("pages/new_run.py").run()
    assert not app.exception
    assert not app.error
    assert "There is no run yet. The first one will be listed here." in texts(app)
