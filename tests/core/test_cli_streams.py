"""Nobody reads what is printed any more: the work goes on."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tiny_run import write_workspace

from paser_core.cli.streams import Forgiving, forgiving
from paser_core.config import dump_config
from paser_core.runs import Run

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def config_file(tmp_path_factory):
    """A run that takes a few seconds: no models."""
    folder = tmp_path_factory.mktemp("streams")
    file = folder / "run.yaml"
    file.write_text(dump_config(write_workspace(folder, 9, models=False)))
    return file


def started(config_file, out, **streams):
    command = [sys.executable, "-m", "paser_core.cli", "run", str(config_file), "--out", str(out)]
    env = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, env=env, **streams)


def test_a_reader_that_leaves_after_the_first_line(config_file, tmp_path):
    process = started(
        config_file, tmp_path / "run", stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout.readline().startswith("embedding:")
    process.stdout.close()  # as `| head -1` does
    said = process.stderr.read()
    assert process.wait(timeout=120) == 0, said
    assert said == ""
    assert Run.open(tmp_path / "run").n == 9


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_log_on_a_full_disk_and_no_streams_at_all(config_file, tmp_path):
    with open("/dev/full", "w") as full:  # noqa: PTH123
        process = started(config_file, tmp_path / "full", stdout=full, stderr=full)
    closed = subprocess.Popen(
        ["/bin/sh", "-c", 'exec "$@" >&- 2>&-', "sh", sys.executable, "-m", "paser_core.cli",
         "run", str(config_file), "--out", str(tmp_path / "closed")],
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    for name, one in (("full", process), ("closed", closed)):
        assert one.wait(timeout=180) == 0, name
        assert Run.open(tmp_path / name).n == 9


class Broken(io.StringIO):
    """A stream that fails from some write on, as a library that prints would meet it."""

    def __init__(self, error, after):
        super().__init__()
        self.error, self.after = error, after

    def write(self, text):
        self.after -= 1
        if self.after < 0:
            raise self.error
        return super().write(text)


@pytest.mark.parametrize(
    "error",
    [BrokenPipeError(), OSError(28, "No space left"), OSError(5, "I/O"), ValueError("closed")],
)
def test_whatever_prints_does_not_fail(error, monkeypatch):
    from tqdm import tqdm

    broken = Broken(error, 2)
    monkeypatch.setattr(sys, "stdout", broken)
    monkeypatch.setattr(sys, "stderr", Broken(error, 0))
    with forgiving():
        for text in ("one", "two", "three"):
            assert sys.stdout.write(text) == len(text)
        sys.stdout.flush()
        sys.stdout.writelines(["four"])
        for _ in tqdm(range(3), file=sys.stderr):
            pass
        assert not sys.stdout.isatty()
    assert broken.getvalue() == "onetwo"
    assert sys.stdout is broken


def test_letters_that_a_terminal_does_not_know_are_replaced():
    raw = io.BytesIO()
    stream = Forgiving(io.TextIOWrapper(raw, encoding="ascii"))
    stream.write("Größe: “x”\n")
    stream.flush()
    assert raw.getvalue() == b"Gr??e: ?x?\n"


def test_a_real_error_inside_stays_loud():
    with pytest.raises(ZeroDivisionError), forgiving():
        raise ZeroDivisionError
    assert not isinstance(sys.stdout, Forgiving)
