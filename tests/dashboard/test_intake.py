"""What is said before a run starts, and the form: uploads, what was typed, knobs and back."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.drafts.form import Kind, config_of, knobs, values_of
from dashboard.drafts.typed import absolute, cell_text
from dashboard.drafts.uploads import keep_upload, original_name
from dashboard.jobs import labels as job_words
from dashboard.jobs.states import JobState
from dashboard.panels.new_run import labels as say
from paser_core.config import RunConfig, to_tree
from paser_core.errors import ConfigError, DataError
from paser_core.workspace import paths

ROOT = Path(__file__).parents[2]
MODELS = ROOT / "data" / "demo" / "models"

# --- uploads ---


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd.csv",
        "..\\..\\boot.csv",
        "/etc/cron.d/x.csv",
        ".csv.csv",
        "-rf.csv",
        "a\0b.csv",
        "x" * 4000 + ".csv",
        "ünï cödé.CSV",
        ".CSV",
        "con:stream.csv",
        "a\nb.csv",
    ],
)
def test_an_upload_stays_in_its_folder_whatever_it_is_called(tmp_path, name):
    if name == ".CSV":
        with pytest.raises(DataError, match=r"\(nothing\)"):
            keep_upload(name, b"a", tmp_path)
        return
    kept = keep_upload(name, b"a,b\n1,2\n", tmp_path)
    assert kept.parent == tmp_path / "uploads"
    assert kept.read_bytes() == b"a,b\n1,2\n"
    assert kept.suffix == ".csv"
    assert kept.name.isascii()
    assert kept.name.isprintable()
    assert len(kept.name) < 100


def test_an_upload_is_kept_once_by_content(tmp_path):
    first = keep_upload("pool.jsonl", b"{}", tmp_path)
    assert keep_upload("pool.jsonl", memoryview(b"{}"), tmp_path) == first
    other = keep_upload("pool.jsonl", b"[]", tmp_path)
    assert other != first
    assert first.read_bytes() == b"{}"
    assert original_name(first) == original_name(other) == "pool.jsonl"
    assert len(list((tmp_path / "uploads").iterdir())) == 2  # and no temporary file


@pytest.mark.parametrize("name", ["pool.txt", "pool", "pool.csv.exe", "pool.py"])
def test_an_upload_of_another_kind_is_refused(tmp_path, name):
    with pytest.raises(DataError, match=r"accepted: \.jsonl"):
        keep_upload(name, b"x", tmp_path)
    assert not (tmp_path / "uploads").exists()


# --- paths and stamps ---


def test_a_path_means_the_same_everywhere_and_a_hub_name_stays_one(tmp_path):
    (tmp_path / "pool.csv").write_text("x")
    assert absolute(" pool.csv ", tmp_path) == str(tmp_path / "pool.csv")
    assert absolute("owner/name", tmp_path) == "owner/name"
    assert absolute("owner/name", tmp_path, local=True) == str(tmp_path / "owner" / "name")
    assert absolute("./gone", tmp_path) == str(tmp_path / "gone")
    assert absolute("~/x", tmp_path) == str(Path.home() / "x")
    assert absolute("a\0b", tmp_path) == "a\0b"
    assert absolute("", tmp_path, local=True) == ""


def test_a_stamp_changes_with_the_file(tmp_path):
    file = tmp_path / "pool.csv"
    file.write_text("a")
    before = paths.stamp(str(file))
    folder = paths.stamp(str(tmp_path))
    file.write_text("ab")
    assert paths.stamp(str(file)) != before
    assert paths.stamp(str(tmp_path)) != folder
    assert paths.stamp("owner/name") == paths.stamp(str(tmp_path / "gone")) == ()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        ("a\n\nb", "a b"),
        (7, "7"),
        ([0.5] * 384, "(384 numbers)"),
        ([{"role": "user", "content": "ä"}], '[{"role": "user", "content": "ä"}]'),
        ("x" * 10_000, "x" * 299 + "…"),
    ],
)
def test_a_cell_fits_a_table(value, text):
    assert cell_text(value) == text


# --- the form ---


def test_every_field_of_the_config_has_a_place():
    shown = [path for paths in say.OPTIONS.values() for path in paths]
    assert len(shown) == len(set(shown))
    elsewhere = {p for p in knobs() if p.startswith(("data.fields.", "models.", "embedding."))}
    assert set(knobs()) - set(shown) <= elsewhere | {
        *("data.path", "data.name", "data.split", "data.on_error", "engine.address")
    }
    texts = [path for path in shown if knobs()[path].kind is Kind.TEXT]
    # The date, and a share or a number: what is typed says which.
    named = {"scores.targets", "clustering.encoder", "selection.encoder"}
    assert set(texts) == {"models.date", "selection.budget", "data.language"} | named


def test_every_state_has_words():
    assert set(job_words.STATES) == set(JobState)


def test_the_untouched_form_is_the_default_config():
    assert config_of({}) == RunConfig()
    assert config_of({path: knob.default for path, knob in knobs().items()}) == RunConfig()


def turned(knob):
    """Values that a person can give a knob."""
    if knob.kind is Kind.CHOICE:
        return st.sampled_from(knob.choices)
    if knob.write is not None:
        share, several = st.floats(0, 1).map(str), st.integers(2, 1000).map(str)
        return share | several | st.just("1 sample")
    if knob.path == "models.date":
        return st.dates().map(str)
    if knob.path == "data.language":
        return st.none() | st.sampled_from(["en", "fil"])
    if knob.kind is Kind.TEXT:
        given = st.text(min_size=1).filter(str.strip)
        return given | st.none() if knob.empty else given
    low = knob.low if knob.low is not None else 0
    high = knob.high if knob.high is not None else low + 1000
    if knob.kind is Kind.WHOLE:
        given = st.integers(int(low), int(high))
    else:
        given = st.floats(low, high)
    return given | st.none() if knob.empty else given


forms = st.fixed_dictionaries({path: turned(knob) for path, knob in knobs().items()})


@given(forms)
def test_a_form_and_its_config_say_the_same(values):
    models = [values[f"models.{role}"] for role in ("original", "compressed")]
    pairs = (
        ("clustering.k_min", "clustering.k_max"),
        ("manifold.groups_min", "manifold.groups_max"),
    )
    usual = values_of(RunConfig())
    workers = ("engine.address", "engine.workers", "engine.threads")
    idle = values["engine.name"] == "local" and any(values[p] != usual[p] for p in workers)
    crossed = any(values[low] > values[high] for low, high in pairs)
    vectors = values["embedding.precomputed"] is not None
    unused = vectors and values["embedding.dtype"] == "bfloat16"
    if crossed or idle or unused or models.count(None) == 1:
        with pytest.raises(ConfigError):
            config_of(values)
        return
    config = config_of(values)
    assert values_of(config) == values
    assert config_of(values_of(config)) == config
    assert to_tree(config_of(values_of(config))) == to_tree(config)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"clustering.k_min": 9, "clustering.k_max": 4}, "k_min must not be larger"),
        ({"models.original": "a"}, "models.compressed is missing"),
        ({"models.original": "a", "models.compressed": "  "}, "models.compressed is missing"),
        ({"divergence.nodes": 99}, "between 5 and 65"),
    ],
)
def test_what_makes_no_sense_is_one_sentence(values, words):
    with pytest.raises(ConfigError, match=words):
        config_of(values)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (3, "just now"),
        (61, "1 min ago"),
        (7300, "2 h ago"),
        (90_000, "1 day ago"),
        (1e6, "11 days ago"),
    ],
)
def test_how_long_ago(seconds, words):
    assert job_words.ago(seconds) == words
