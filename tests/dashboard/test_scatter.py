"""What the map sends, read back by a reader written from the description of the format."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from dashboard.components import drawn
from dashboard.components.payload import message, pack
from dashboard.components.scatter_points import LegendEntry, Overlay, ScatterPoints

KINDS = {"u1": np.uint8, "u2": "<u2", "u4": "<u4"}


def read(data: bytes) -> tuple[dict, dict[str, np.ndarray]]:
    length = int.from_bytes(data[:4], "little")
    header = json.loads(data[4 : 4 + length])
    at, found = 4 + length, {}
    for name, kind, count in header["arrays"]:
        at += -at % 8
        found[name] = np.frombuffer(data, KINDS[kind], count, at)
        at += found[name].nbytes
    return header, found


def points(n: int = 5, dimensions: int = 2) -> ScatterPoints:
    positions = np.arange(1, n * dimensions + 1, dtype=np.uint16).reshape(n, dimensions)
    legend = (LegendEntry("a", "#000000", n),)
    colors = np.arange(n, dtype=np.uint8) % 2
    return ScatterPoints(positions, colors, ("#000000", "#111111"), legend, None, None, "map")


def packed(overlay: Overlay, shown: ScatterPoints):
    return overlay.packed(shown, overlay.slots(shown))


@given(
    st.lists(
        arrays.arrays(st.sampled_from([np.uint8, np.uint16, np.uint32]), st.integers(0, 9)),
        max_size=4,
    ),
    st.text(max_size=20),
)
def test_a_message_says_what_was_put_in(given_arrays, text):
    named = {f"array{i}": a for i, a in enumerate(given_arrays)}
    header, found = read(message(pack(named), {"text": text}))
    assert header["text"] == text
    assert list(found) == list(named)
    for name, array in named.items():
        np.testing.assert_array_equal(found[name], array)


def test_the_version_follows_the_content_and_nothing_else():
    one, two = np.arange(8, dtype=np.uint8), np.arange(8, dtype=np.uint8)
    assert pack({"a": one}).version == pack({"a": two}).version
    assert pack({"a": one}).version != pack({"a": one[::-1]}).version
    assert pack({"a": one}).version != pack({"b": one}).version
    assert pack({"a": one}).version != pack({"a": one}, also=1).version
    # The same bytes as other numbers are other data.
    assert pack({"a": one}).version != pack({"a": one.view(np.uint16)}).version


def test_static_parts_are_packed_once():
    shown = points()
    assert shown.layout is shown.layout
    assert shown.paint is shown.paint


def test_other_colors_leave_the_positions_as_they_were():
    shown, other = points(), points()
    other.colors[0] = 7
    assert other.layout.version == shown.layout.version
    assert other.paint.version != shown.paint.version


def test_two_and_three_dimensions_of_the_same_numbers_differ():
    flat, deep = points(6), points(4, dimensions=3)
    assert flat.layout.body == deep.layout.body
    assert flat.layout.version != deep.layout.version


@given(arrays.arrays(bool, st.integers(1, 40)), st.randoms())
def test_an_overlay_holds_a_bit_and_half_a_byte_per_point(bright, random):
    n = len(bright)
    status = np.array([random.randrange(16) for _ in range(n)], np.uint8)
    names = tuple(f"status {k}" for k in range(16))
    overlay = Overlay(bright=bright, found=~bright, status=status, status_names=names)
    body = packed(overlay, points(n))
    _, found = read(message(body, {}))
    for name, mask in (("bright", bright), ("found", ~bright)):
        bits = [(found[name][i >> 3] >> (i & 7)) & 1 for i in range(n)]
        assert bits == mask.astype(int).tolist()
    assert [(found["status"][i >> 1] >> (4 * (i & 1))) & 15 for i in range(n)] == status.tolist()
    assert len(body.body) <= 2 * (n / 8 + 8) + n / 2 + 8


def test_an_overlay_says_what_does_not_fit():
    with pytest.raises(ValueError, match="bright has the shape"):
        packed(Overlay(bright=np.ones(4, bool)), points(5))
    with pytest.raises(ValueError, match="at most 16"):
        packed(Overlay(status=np.zeros(5, np.uint8), status_names=("x",) * 17), points(5))


def test_an_overlay_of_another_sample_is_another_version():
    versions = {packed(Overlay(chosen=i), points(5)).version for i in (None, 0, 1)}
    versions |= {packed(Overlay(chosen=1, neighbors=range(2)), points(5)).version}
    assert len(versions) == 4


@pytest.fixture
def few_drawn(monkeypatch):
    monkeypatch.setattr(drawn, "MOST", 40)
    monkeypatch.setattr(drawn, "SPARE", 6)
    drawn.drawn_of.cache_clear()
    yield
    drawn.drawn_of.cache_clear()


@pytest.mark.usefixtures("few_drawn")
@given(arrays.arrays(bool, 100), arrays.arrays(bool, 100), st.integers(0, 99))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_of_a_sample_the_browser_gets_its_bits_and_all_are_counted(bright, hits, chosen):
    shown = points(100)
    assert len(shown.drawn.rows) == 40
    overlay = Overlay(bright=bright, found=hits, chosen=chosen, inside=3)
    slots = overlay.slots(shown)
    rows = slots.rows.tolist()
    assert rows[:40] == shown.drawn.rows.tolist()
    assert len(rows) == len(set(rows)) <= 46
    # What is chosen is always there, of what was found as many as there is room for.
    assert rows[slots.place(chosen)] == chosen
    missing = set(np.flatnonzero(hits).tolist()) - set(rows)
    assert not missing or len(rows) == 46
    _, found = read(message(overlay.packed(shown, slots), {}))
    for name, mask in (("bright", bright), ("found", hits)):
        bits = np.unpackbits(found[name], bitorder="little")[: len(rows)]
        assert bits.tolist() == mask[rows].astype(int).tolist()
    if len(slots.beside):
        beside = found["beside"].reshape(-1, 2)
        assert beside.tolist() == shown.positions[slots.beside].tolist()
        assert found["beside_colors"].tolist() == shown.colors[slots.beside].tolist()
    counted = overlay.counted(shown)
    assert counted["standing"][:2] == [int(bright[::2].sum()), int(bright[1::2].sum())]
    assert (counted["found"], counted["inside"]) == (int(hits.sum()), 3)


def test_up_to_the_limit_all_are_drawn_and_the_browser_counts():
    shown = points(60)
    assert Overlay(found=np.ones(60, bool), chosen=3).slots(shown).rows.tolist() == [*range(60)]
    assert Overlay().counted(shown) is None
    assert drawn.drawn_of(drawn.MOST).whole
    assert len(drawn.drawn_of(drawn.MOST + 1).rows) == drawn.MOST
