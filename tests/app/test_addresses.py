"""The run in the address: always there, by one name, and said where it cannot be shown."""

from __future__ import annotations

import json
import os
import shlex
import shutil

import pytest
from app_page import DEMO, box_of, chosen_label, open_at
from streamlit.testing.v1 import AppTest

from dashboard.state import session
from paser_core.cli import main
from paser_core.errors import PaserError
from paser_core.measure.resume import open_folder
from paser_core.runs import Run
from paser_core.workspace.checkpoints import Checkpoints
from paser_core.workspace.lock import FolderLock


@pytest.fixture
def make(without_models, tmp_path):
    """``make("A/pool")``: a run there; ``make("B/pool", failed=True)``: one that came to nothing."""

    def write(name, failed=False):
        run = tmp_path / name
        if not failed:
            return shutil.copytree(without_models, run)
        run.mkdir(parents=True)
        with FolderLock(run):
            Checkpoints(run, open_folder(Run.open(without_models).config, run, str)).fail(
                PaserError("no")
            )
        return run

    return write


@pytest.fixture
def served(monkeypatch, tmp_path):
    """``served("overview", run=…)``: the page on the runs below A and B."""
    for place in "AB":
        (tmp_path / place).mkdir()
    places = os.pathsep.join(str(tmp_path / place) for place in "AB")
    monkeypatch.setenv("PASER_STARTED_IN", str(tmp_path))
    monkeypatch.delenv("PASER_NEW_RUNS", raising=False)
    return lambda page="overview", **address: open_at(page, monkeypatch, places, **address)


def shown(app: AppTest) -> str:
    """The folder of the run on the page Overview."""
    assert not app.exception
    return next(text.value for text in app.text if " samples from " in text.value).split(":")[0]


def missed(app: AppTest) -> list[str]:
    said = [info.value.replace("\\", "") for info in app.info]
    return [text for text in said if text.startswith("The address asks for the run ")]


def in_address(app: AppTest) -> str:
    return app.query_params[session.KEY_RUN]


def box(app: AppTest):
    return box_of(app, session.KEY_RUN)


def chosen(app: AppTest) -> str:
    return chosen_label(app, session.KEY_RUN)


def test_open_shows_the_run_whose_button_was_pressed(make, served):
    make("A/aaa")
    pool = make("A/pool")
    make("B/pool", failed=True)
    app = served("new_run")
    # Told apart in the list, too, by the names of the side bar.
    assert {"**A/pool**", "**B/pool**"} <= {m.value for m in app.markdown}
    app.button(key=f"open-list-{pool}").click().run()
    app.switch_page("pages/overview.py").run()  # the browser follows by itself
    assert shown(app) == "pool"
    assert chosen(app) == in_address(app) == "A/pool"
    assert box(app).options == ["aaa", "A/pool"]
    assert not missed(app)


def test_the_run_is_in_the_address_also_where_there_is_no_other(make, served):
    make("A/pool")
    app = served()
    assert shown(app) == in_address(app) == "pool"
    assert not [box for box in app.sidebar.selectbox if box.key == "run"]
    assert not missed(app)
    app.switch_page("pages/map.py").run()
    assert in_address(app) == "pool"


def test_a_copied_address_leads_to_the_same_run_when_others_come_before_it(make, served):
    make("A/pool")
    make("A/zoo")
    copied = in_address(served())
    make("A/aaa")
    app = served(run=copied)
    assert shown(app) == in_address(app) == chosen(app) == "pool"
    assert not missed(app)


def test_a_run_that_is_not_served_is_said_until_another_is_chosen(make, served):
    make("A/aaa")
    make("A/pool")
    app = served(run="no_such")
    assert shown(app) == in_address(app) == "aaa"
    assert missed(app) == [
        "The address asks for the run no_such, which is not served here; this is the run aaa."
    ]
    app.switch_page("pages/clusters.py").run()
    assert missed(app)
    box(app).set_value("pool").run()
    assert not missed(app)
    assert in_address(app) == "pool"
    box(app).set_value("aaa").run()
    assert not missed(app)


def test_a_server_of_one_run_says_so_too(make, served):
    make("A/pool")
    app = served(run="other")
    assert shown(app) == in_address(app) == "pool"
    assert "other, which is not served here" in missed(app)[0]


def test_a_run_that_is_not_finished_is_said_to_be_so(make, served):
    first = make("A/aaa")
    make("A/pool")
    make("B/pool", failed=True)
    app = served(run="B/pool")
    assert shown(app) == "aaa"
    assert "B/pool, which is not finished; this is the run aaa." in missed(app)[0]
    # Opened by its button, no run is missed any longer, though it is the one that was on show.
    app.switch_page("pages/new_run.py").run()
    app.button(key=f"open-list-{first}").click().run()
    assert not missed(app)


def test_a_run_stays_on_show_when_another_of_its_name_is_made(make, served):
    make("A/aaa")
    make("A/pool")
    app = served(run="pool")
    other = make("B/pool")
    app.run()
    assert shown(app) == "pool"
    assert chosen(app) == in_address(app) == "A/pool"
    assert not missed(app)
    # From then on the short name means neither, and the longer one still leads there without the other.
    assert "the run pool, which is not served" in missed(served(run="pool"))[0]
    shutil.rmtree(other)
    again = served(run="A/pool")
    assert shown(again) == in_address(again) == "pool"
    assert not missed(again)


def test_models_named_by_a_relative_path_are_found_from_where_the_server_was_started(
    monkeypatch, tmp_path
):
    run = shutil.copytree(DEMO, tmp_path / "run", ignore=shutil.ignore_patterns("review.sqlite*"))
    manifest = json.loads((run / "manifest.json").read_text())
    for role in ("original", "compressed"):
        manifest["models"][role]["name"] = f"models/{role}"
    (run / "manifest.json").write_text(json.dumps(manifest))
    (tmp_path / "models").symlink_to(DEMO.parent / "models")
    monkeypatch.setenv("PASER_STARTED_IN", str(tmp_path))
    app = open_at("overview", monkeypatch, run)
    assert not app.exception
    facts = [text.value for text in app.text if " parameters, " in text.value]
    assert len(facts) == 2
    assert "of the weights of linear layers are zero (counted)" in facts[1]


def test_the_models_of_the_bundled_demo_are_found_from_anywhere(monkeypatch, tmp_path):
    monkeypatch.setenv("PASER_STARTED_IN", str(tmp_path))
    app = open_at("overview", monkeypatch, DEMO)
    assert len([text for text in app.text if " parameters, " in text.value]) == 2


@pytest.mark.parametrize("page", ["overview", "clusters", "budget", "ledger", "compare", "export"])
def test_without_models_the_way_to_them_is_named_and_linked(make, served, page):
    make("A/pool")
    app = served(page)
    assert not app.exception
    said = next(info.value for info in app.info if "no models yet" in info.value)
    assert "page New run" in said
    assert "“Add models”" in said
    assert [link.proto.page for link in app.get("page_link")] == ["new_run"]


def test_without_models_the_command_for_the_report_works(make, served, monkeypatch, tmp_path):
    make("A/with a space")
    app = served("export")
    (command,) = (code.value for code in app.code)
    assert "selection.yaml" not in command
    monkeypatch.chdir(tmp_path)
    program, *arguments = shlex.split(command)
    assert program == "paser"
    assert main(arguments) == 0
    assert (tmp_path / arguments[-1]).is_file()
