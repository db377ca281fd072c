"""Names of new runs: none means a place, no two are the same, the next one is offered."""

from __future__ import annotations

import sys

import pytest

from dashboard.jobs import control, names
from dashboard.jobs.folders import job_folder
from paser_core.errors import ConfigError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is a POSIX word")


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "../x",
        "a/b",
        "a\\b",
        "/etc",
        ".hidden",
        "-x",
        "a b",
        "ä",
        "x" * 65,
        "a.",
        "a\n",
    ],
)
def test_a_name_that_could_mean_a_place_is_refused(runs, config, name):
    with pytest.raises(ConfigError):
        control.create(config, runs, name)
    assert list(runs.iterdir()) == []
    assert not (runs.parent / "x").exists()


def test_names_are_unique_and_the_next_one_is_offered(runs):
    (runs / "Pool").mkdir()
    with pytest.raises(ConfigError, match="'pool-2'"):
        names.check_name("pool", runs)
    with pytest.raises(ConfigError, match="taken"):
        names.check_name("uploads", runs)
    assert names.default_name("/data/pool.jsonl", runs) == "pool-2"
    (runs / ".jobs" / "pool-2").mkdir(parents=True)
    assert names.default_name("/data/pool.jsonl", runs) == "pool-3"
    assert names.default_name("owner/My set (v2).JSONL", runs) == "My-set-v2"
    assert names.default_name("/data/../../", runs) == "run"
    for odd in ("Ünïcode.csv", "x" * 300, ".jsonl", "....", "a" * 63 + "."):
        names.check_name(names.default_name(odd, runs), runs)


def test_a_job_folder_is_beside_the_run(runs):
    assert job_folder(runs / "a") == runs / ".jobs" / "a"
