"""Whatever a disk or a hand makes of a run folder: one sentence, never a traceback, never an answer
that nobody measured."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from run_damage import first_schema, mutated, reseal, spoiled
from tiny_run import loaders

from paser_core.cli import main
from paser_core.errors import PaserError, RunError
from paser_core.measure import run_pipeline
from paser_core.runs import Run, discover, read_manifest
from paser_core.runs.verify import verify
from paser_core.selection import Setting
from paser_core.selection.of_run import select_from_run
from paser_core.workspace.events import read_events

FILES = (
    "samples.parquet",
    "tokens.parquet",
    "clusters.parquet",
    "divergence.npy",
    "embeddings.npy",
    "manifold.npz",
    "clustering.npz",
    "layout.npz",
    "concepts.npz",
)


def look_at_everything(folder):
    """Every accessor of a run, and what the command line makes of it."""
    run = Run.open(folder)
    for name in dir(type(run)):
        if isinstance(getattr(type(run), name), property) or hasattr(
            getattr(type(run), name), "attrname"
        ):
            getattr(run, name)
    run.divergence_at(1.3)
    for row in (0, run.n - 1):
        run.sample(row)
        run.token_divergence(row)
    if run.has_models:
        select_from_run(run, Setting.of(run))


def refusal(folder, said):
    """The sentence that a run is refused with; None where it is taken."""
    try:
        look_at_everything(folder)
    except PaserError as error:
        return str(error)
    except Exception as error:
        raise AssertionError(f"{said}: {error!r}") from error
    return None


@pytest.mark.parametrize("schema", [1, 2])
def test_no_mutation_of_a_manifest_ends_in_a_traceback(copy, schema, capsys):
    if schema == 1:
        first_schema(copy)
    good = json.loads((copy / "manifest.json").read_text())
    chance = random.Random(schema)
    refused = 0
    for number in range(220):
        said, tree = mutated(good, chance)
        (copy / "manifest.json").write_text(json.dumps(tree))
        told = refusal(copy, said)
        refused += told is not None
        assert "\n" not in (told or ""), said
        assert len(told or "") < 1200, said
        if number % 20 == 0:
            assert main(["verify", str(copy)]) in (0, 1, 2), said
    capsys.readouterr()
    assert refused > 110  # what is left out or renamed where nothing depends on it may pass


@pytest.mark.parametrize("name", FILES)
def test_no_damage_of_a_file_goes_unnoticed(copy, name):
    good = (copy / name).read_bytes()
    chance = random.Random(name)
    for number in range(20):
        kind, content = spoiled(good, chance)
        if content == good:
            continue
        (copy / name).write_bytes(content)
        with pytest.raises(RunError):
            Run.open(copy).check_content()
        if number < 3:
            found = [finding.what for finding in verify(copy) if not finding.ok]
            assert found == [name], kind


@pytest.mark.parametrize("name", FILES)
def test_damage_that_nobody_recorded_ends_in_a_sentence(copy, name):
    first_schema(copy)
    good = (copy / name).read_bytes()
    chance = random.Random(name)
    for _ in range(12):
        kind, content = spoiled(good, chance)
        (copy / name).write_bytes(content)
        assert "\n" not in (refusal(copy, kind) or ""), kind


def test_a_flipped_bit_is_told_and_nothing_is_exported(copy, tmp_path, capsys):
    file = copy / "embeddings.npy"
    content = bytearray(file.read_bytes())
    content[-5] ^= 16
    file.write_bytes(content)
    assert main(["verify", str(copy)]) == 1
    assert "embeddings.npy: DAMAGED" in capsys.readouterr().out
    assert main(["select", str(copy), "--out", str(tmp_path / "export")]) == 2
    assert "embeddings.npy" in capsys.readouterr().err
    assert not (tmp_path / "export").exists()


def test_verify_says_what_is_whole_and_what_no_run_is(copy, tmp_path, capsys):
    assert main(["verify", str(copy)]) == 0
    assert read_manifest(copy)["fingerprint"] in capsys.readouterr().out
    assert main(["verify", str(tmp_path)]) == 2
    (copy / "manifest.json").write_text("{")
    assert main(["verify", str(copy)]) == 1
    capsys.readouterr()


def test_verify_finds_parts_that_do_not_fit_each_other(copy, capsys):
    table = pq.read_table(copy / "samples.parquet")
    place = table.schema.get_field_index("divergence")
    other = pa.array([0.9] * table.num_rows, table.schema.field(place).type)
    pq.write_table(table.set_column(place, "divergence", other), copy / "samples.parquet")
    reseal(copy)
    assert main(["verify", str(copy)]) == 1
    assert "damaged (divergence)" in capsys.readouterr().out


def test_verify_finds_a_manifest_that_somebody_changed(copy, capsys):
    manifest = json.loads((copy / "manifest.json").read_text())
    manifest["config"]["seed"] += 1
    (copy / "manifest.json").write_text(json.dumps(manifest))
    assert main(["verify", str(copy)]) == 1
    assert "damaged (fingerprint)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "damage"),
    [*((name, "flip") for name in FILES), *zip(FILES, ("cut", "empty", "gone") * 3, strict=True)],
)
def test_the_advised_command_repairs(workspace, finished, copy, name, damage):
    _, config = workspace
    file = copy / name
    content = bytearray(file.read_bytes())
    if damage == "flip":
        content[len(content) // 2] ^= 1
        file.write_bytes(content)
    elif damage == "gone":
        file.unlink()
    else:
        file.write_bytes(content[: len(content) // 2] if damage == "cut" else b"")
    with pytest.raises(RunError, match="`paser run` with the same config and --out"):
        Run.open(copy).check_content()
    run = run_pipeline(config, copy, loaders(config))
    run.check_content()
    assert run.fingerprint == finished.fingerprint
    told = [e for e in read_events(copy) if e["event"] == "stage_damaged"]
    assert [e["files"] for e in told] == [[name]]
    assert all(finding.ok for finding in verify(copy))


@pytest.mark.parametrize("damage", ["cut", "empty", "text", "folder", "other", "zero"])
def test_cut_parts_of_an_unfinished_run_are_made_again(workspace, finished, tmp_path, damage):
    from test_pipeline_resume import counting

    _, config = workspace
    out = tmp_path / "run"
    stopping, _ = counting(config, 4)
    with pytest.raises(KeyboardInterrupt):
        run_pipeline(config, out, stopping)
    parts = sorted((out / ".parts").glob("*.npz"))
    assert parts
    for part in parts:
        content = part.read_bytes()
        if damage == "folder":
            part.unlink()
            (part / "inside").mkdir(parents=True)
        elif damage == "other":
            np.savez(part, rows=np.arange(3))
        elif damage == "zero":
            part.write_bytes(bytes(len(content)))
        else:
            part.write_bytes(
                {"cut": content[: len(content) // 2], "empty": b"", "text": b"x" * 99}[damage]
            )
    run = run_pipeline(config, out, loaders(config))
    np.testing.assert_allclose(run.node_divergence, finished.node_divergence, atol=2e-6)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[" * 100_000, b'{"a":' * 50_000, b"\xff\xfe", b"9" * 5000, b'{"schema": NaN}'],
)
def test_a_manifest_that_is_no_json_object_is_a_sentence(copy, content):
    (copy / "manifest.json").write_bytes(content)
    with pytest.raises(RunError) as caught:
        Run.open(copy)
    assert "\n" not in str(caught.value)
    assert discover(copy) == [copy]


def test_the_first_schema_is_read_kept_and_upgraded(workspace, finished, copy):
    from paser_core.runs.identity import first_fingerprint

    _, config = workspace
    first_schema(copy)
    manifest = json.loads((copy / "manifest.json").read_text())
    manifest["fingerprint"] = first_fingerprint(manifest, copy)
    (copy / "manifest.json").write_text(json.dumps(manifest))
    look_at_everything(copy)
    assert all(finding.ok for finding in verify(copy))
    # Whole and finished: it stays what it is.
    assert run_pipeline(config, copy, loaders(config)).manifest["schema"] == 1
    # Damaged: it is made again, with a record of its files, and remembers who it was.
    np.save(copy / "embeddings.npy", finished.embeddings[::-1])
    run = run_pipeline(config, copy, loaders(config))
    assert run.manifest["schema"] == 2
    assert run.fingerprint == finished.fingerprint
    assert run.manifest["formerly"] == [manifest["fingerprint"]]
    run.check_content()


def test_files_overwritten_under_a_reader_never_kill_it(finished, copy, tmp_path):
    reader = Path(__file__).with_name("reading_run.py")
    command = [sys.executable, str(reader), str(copy), str(tmp_path / "stop")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    assert process.stdout is not None
    assert process.stdout.readline() == "reading\n"
    chance = random.Random(3)
    deadline = time.monotonic() + 4
    while time.monotonic() < deadline:
        name = chance.choice(FILES)
        good = (finished.path / name).read_bytes()
        with (copy / name).open("r+b") as file:  # in place, as `cp` writes
            file.truncate(chance.randrange(len(good)))
            time.sleep(0.01)
            file.seek(0)
            file.write(chance.choice((good, b"x" * 100, good[::-1])))
        time.sleep(0.01)
    (tmp_path / "stop").touch()
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert int(said) > 0
