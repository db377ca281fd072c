"""Studies of texts, in which nothing is right or wrong: bits per byte, against a slow reading."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from test_study_tables import ARMS, made

from paser_core.cli import main
from paser_core.errors import ConfigError, StudyError
from paser_core.study.results import FOLDER, Results, development_items
from paser_core.study.retained import retained
from paser_core.study.statistics import Questions, difference
from paser_core.study.tables import tables_of

TEXT = "ppl:a b.txt"
LEVEL = {"random": 1.3, "better": 1.1, "same": 1.3}


def with_text(folder, windows=30, share=0.0, only=True, short=()):
    """The made study on a text whose windows are hard or easy for all; ``short``: keys that lack one."""
    made(folder)
    draw = np.random.default_rng(8)
    place = folder / FOLDER
    items = pq.read_table(place / "items.parquet").to_pandas()
    hard = draw.normal(0, 0.4, windows)
    parts = [] if only else [items]
    for key in items["key"].unique():
        level = (
            LEVEL.get(key.split("-")[1], 0) if "-" in key else {"model/original": 1.0}.get(key, 1.6)
        )
        bits = level + hard + draw.normal(0, 0.02, windows) + draw.normal(0, 0.01)
        frame = pd.DataFrame({"key": key, "task": TEXT, "id": [f"window-{n:06d}" for n in range(windows)],
                              "capability": None, "score": np.nan, "bits_per_byte": bits,
                              "answer": None})  # fmt: skip
        parts.append(frame[1:] if key in short else frame)
    table = pa.Table.from_pandas(pd.concat(parts, ignore_index=True), preserve_index=False)
    pq.write_table(table, place / "items.parquet")
    tree = json.loads((place / "study.json").read_text())
    tree["config"] |= {"tasks": [TEXT] if only else ["demo", TEXT], "split": {"development": share}}
    (place / "study.json").write_text(json.dumps(tree))
    return Results.open(folder)


def slow(results, key, ids=None):
    of = results.items[results.items["key"] == key]
    of = of[of["task"] == TEXT]
    kept = of if ids is None else of[of["id"].isin(ids)]
    return kept.sort_values("id")["bits_per_byte"].to_numpy()


def test_a_study_of_a_text_alone_has_tables_of_bits_per_byte(tmp_path):
    results = with_text(tmp_path)
    tables = {t.title: t for t in tables_of(results)}
    assert list(tables) == [f"Bits per byte: {TEXT}: {c}, 10 %, sft" for c in ("one", "two")]
    table = tables[f"Bits per byte: {TEXT}: two, 10 %, sft"]
    rows = table.numbers.set_index("selector")
    assert list(rows.index) == ["original", "compressed", *ARMS]
    assert rows.loc["original", "bits_per_byte"] == pytest.approx(
        slow(results, "model/original").mean()
    )
    assert rows.loc["compressed", "bits_per_byte"] == pytest.approx(
        slow(results, "model/two").mean()
    )
    arms = {s: np.array([slow(results, f"two-{s}-{n}") for n in range(5)]) for s in ARMS}
    for selector, bits in arms.items():
        means = [row.mean() for row in bits]
        assert rows.loc[selector, "bits_per_byte"] == pytest.approx(np.mean(means))
        assert rows.loc[selector, "bits_per_byte_sd"] == pytest.approx(np.std(means, ddof=1))
        assert rows.loc[selector, "seeds"] == 5
        assert rows.loc[selector, "tokens"] == 902
    gap = difference(arms["better"], arms["random"], Questions(["text"] * 30))
    assert rows.loc["better", "gap"] == pytest.approx(gap.value)
    assert rows.loc["better", "gap_low"] == pytest.approx(gap.low)
    assert rows.loc["better", "gap_p"] == pytest.approx(gap.p)
    assert rows.loc["better", "gap_p_holm"] < 0.001 < 0.05 < rows.loc["same", "gap_p_holm"]
    assert table.bold == {(3, "bits per byte")}  # the fewest, not the most
    assert "30 test windows" in table.notes[0]


def test_texts_stand_beside_questions(tmp_path):
    both = {t.name: t for t in tables_of(with_text(tmp_path / "both", only=False))}
    questions = {t.name: t for t in tables_of(made(tmp_path / "alone"))}
    texts = set(both) - set(questions)
    assert len(texts) == 2
    assert all(name.startswith("text-ppl-a-b.txt-") for name in texts)
    for name, table in questions.items():
        figures = both[name].numbers.rename(columns=lambda one: str(one).removeprefix("demo: "))
        plain = table.numbers.select_dtypes("number")
        pd.testing.assert_frame_equal(figures[plain.columns], plain)


def test_windows_are_split_as_questions_are_and_a_text_without_any_says_so(tmp_path):
    results = with_text(tmp_path / "many", share=0.5)
    ids = [f"window-{n:06d}" for n in range(30)]
    test = [one for one, out in zip(ids, development_items(ids, 0.5), strict=True) if not out]
    assert 5 < len(test) < 25
    rows = tables_of(results)[0].numbers.set_index("selector")
    expected = slow(results, "model/original", test).mean()
    assert rows.loc["original", "bits_per_byte"] == pytest.approx(expected)
    short = with_text(tmp_path / "short", windows=1, share=0.9, only=False)
    assert development_items(ids[:1], 0.9).all()
    (told,) = [t for t in tables_of(short) if t.name.startswith("text")]
    assert "None of its 1 window is one of test" in told.texts.loc[0, "why"]
    with pytest.raises(ConfigError, match="accepted: test, development, all"):
        tables_of(results, "tests")


def test_one_window_has_figures_and_no_interval(tmp_path):
    table = tables_of(with_text(tmp_path, windows=1))[0]
    assert table.texts.set_index("selector").loc["better", "p"] == "–"
    assert "Only one item is there" in " ".join(table.notes)
    assert not table.bold


def test_a_window_that_a_cell_lacks_is_compared_with_none(tmp_path):
    results = with_text(tmp_path, short=("two-better-0",))
    rows = tables_of(results)[1].numbers.set_index("selector")
    gap = difference(
        *(
            np.array([slow(results, f"two-{s}-{n}")[-29:] for n in range(5)])
            for s in ("better", "random")
        ),
        Questions(["text"] * 29),
    )
    assert rows.loc["better", "gap"] == pytest.approx(gap.value)


def test_cells_that_are_not_there_are_dashes_and_counted(tmp_path):
    results = with_text(tmp_path)
    status = results.cells["status"].mask(results.cells["selector"] == "better", "diverged")
    object.__setattr__(results, "cells", results.cells.assign(status=status))
    table = tables_of(results)[0]
    row = table.texts.set_index("selector").loc["better"]
    assert set(row.drop("seeds")) == {"–"}
    assert "5 cells of these rows are not finished, or diverged" in " ".join(table.notes)


def test_a_hypothesis_of_retention_is_not_measured_by_a_text(tmp_path):
    results = with_text(tmp_path)
    hypothesis = {
        "name": "h",
        "claim": "c",
        "refuted_by": "r",
        "better": "better",
        "than": "random",
    }
    results.study["config"]["hypotheses"] = [hypothesis]
    row = tables_of(results)[-1].texts.loc[0]
    assert (row["where"], row["outcome"]) == ("no question of the study", "not measured")


def test_the_command_writes_them_and_the_page_says_where_they_are(tmp_path, capsys):
    results = with_text(tmp_path / "study")
    assert main(["study", "tables", str(tmp_path / "study")]) == 0
    assert f"## Bits per byte: {TEXT}: one, 10 %, sft" in capsys.readouterr().out
    assert main(["study", "tables", str(tmp_path / "study"), "--out", str(tmp_path / "t")]) == 0
    assert (tmp_path / "t" / "text-ppl-a-b.txt-one-10-pct-sft.csv").is_file()
    with pytest.raises(StudyError, match="paser study tables"):
        retained(results)
