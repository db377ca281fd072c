"""The texts of a sample, marked where its concepts were read."""

from __future__ import annotations

import json

import numpy as np
import pytest
from app_page import DEMO, open_at

from dashboard.runs import marks
from paser_core.explain.marked import Marked, marked
from paser_core.runs import Run
from paser_core.stages.concepts import filter_concepts

RUN = Run.open(DEMO)
CONCEPTS = filter_concepts(RUN.concepts, RUN.config.concepts)


def drawn(app):
    """What the components of texts were given, by the label that is read out."""
    found = [json.loads(e.proto.json) for e in app.get("bidi_component") if e.proto.json]
    return {data["label"]: data for data in found if "marks" in data}


@pytest.fixture
def row():
    """A sample with concepts in its question and its answer."""
    for row in np.flatnonzero(RUN.labels >= 0):
        spans = marked(RUN, row, CONCEPTS.of(row)).spans
        if spans["instruction"] and spans["output"]:
            return int(row)
    raise AssertionError


def test_the_marks_are_those_of_the_core(monkeypatch, row):
    app = open_at("ledger", monkeypatch, DEMO, sample=RUN.ids[row])
    assert not app.exception
    sample, own = RUN.sample(row), CONCEPTS.of(row)
    found = marked(RUN, row, own)
    parts = drawn(app)
    asked = next(data for label, data in parts.items() if label.startswith("Instruction"))
    assert "".join(asked["parts"]) == sample.instruction
    for span in found.spans["instruction"]:
        assert any(f"“{span.concept}”" in mark for mark in asked["marks"])
    shaded = next(data for label, data in parts.items() if label.startswith("Response in "))
    assert any(shaded["marks"])
    assert len(shaded["parts"]) == len(shaded["bits"]) == len(shaded["marks"])
    assert any(label.startswith("Response, marked") for label in parts)
    captions = " ".join(c.value for c in app.caption)
    assert "Underlined in the texts above" in captions
    assert "could not be placed" not in captions


def test_what_has_no_place_is_said(monkeypatch, row):
    own = CONCEPTS.of(row)
    found = marked(RUN, row, own)
    gone = Marked(found.spans, own[:1])
    monkeypatch.setattr(marks, "marked_of", lambda run, row, concepts: gone)
    app = open_at("ledger", monkeypatch, DEMO, sample=RUN.ids[row])
    captions = " ".join(c.value for c in app.caption).replace("\\", "")
    assert f"1 concept could not be placed in the texts: “{own[0]}”." in captions


def test_without_concepts_the_text_stands_as_ever(monkeypatch):
    row = next(int(r) for r in np.flatnonzero(RUN.labels >= 0) if not CONCEPTS.of(r))
    app = open_at("ledger", monkeypatch, DEMO, sample=RUN.ids[row])
    assert not app.exception
    assert any(code.value == RUN.sample(row).instruction for code in app.code)
    assert "Underlined" not in " ".join(c.value for c in app.caption)
