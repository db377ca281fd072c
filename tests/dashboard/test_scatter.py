"""What the map sends, read back by a reader written from the description of the format."""

from __future__ import annotations

import json
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from dashboard.components.payload import message, pack
from dashboard.components.scatter_points import HoverTexts, LegendEntry, Overlay, ScatterPoints

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


def points(n: int = 5, hover=(), dimensions: int = 2) -> ScatterPoints:
    positions = np.arange(1, n * dimensions + 1, dtype=np.uint16).reshape(n, dimensions)
    legend = (LegendEntry("a", "#000000", n),)
    return ScatterPoints(positions, np.zeros(n, np.uint8), ("#000000",), legend, None, hover, "map")


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
    shown = points(hover=HoverTexts(["x"] * 5))
    assert shown.layout is shown.layout
    assert shown.paint is shown.paint
    assert shown.texts.packed is shown.hover.packed


def test_other_colors_leave_the_positions_as_they_were():
    shown, other = points(), points()
    other.colors[0] = 1
    assert other.layout.version == shown.layout.version
    assert other.paint.version != shown.paint.version


def test_two_and_three_dimensions_of_the_same_numbers_differ():
    flat, deep = points(6), points(4, dimensions=3)
    assert flat.layout.body == deep.layout.body
    assert flat.layout.version != deep.layout.version


@given(st.lists(st.text(max_size=30), max_size=20))
def test_hover_texts_come_back(lines):
    _, found = read(message(HoverTexts(lines).packed, {}))
    raw = zlib.decompress(found["deflated"].tobytes()).decode()
    expected = [line.replace("\0", " ") for line in lines]
    assert raw.split("\0") == (expected or [""])


def test_a_lone_surrogate_does_not_stop_the_map():
    raw = zlib.decompress(
        read(message(HoverTexts(["a\ud800b"]).packed, {}))[1]["deflated"].tobytes()
    )
    assert raw == b"a?b"


def test_without_texts_nothing_is_sent_for_them():
    assert points().texts is None
    assert points(hover=["a"] * 5).texts is not None


@given(arrays.arrays(bool, st.integers(1, 40)), st.randoms())
def test_an_overlay_holds_a_bit_and_half_a_byte_per_point(bright, random):
    n = len(bright)
    status = np.array([random.randrange(16) for _ in range(n)], np.uint8)
    names = tuple(f"status {k}" for k in range(16))
    packed = Overlay(bright=bright, found=~bright, status=status, status_names=names).packed(n)
    _, found = read(message(packed, {}))
    for name, mask in (("bright", bright), ("found", ~bright)):
        bits = [(found[name][i >> 3] >> (i & 7)) & 1 for i in range(n)]
        assert bits == mask.astype(int).tolist()
    assert [(found["status"][i >> 1] >> (4 * (i & 1))) & 15 for i in range(n)] == status.tolist()
    assert len(packed.body) <= 2 * (n / 8 + 8) + n / 2 + 8


def test_an_overlay_says_what_does_not_fit():
    with pytest.raises(ValueError, match="bright has the shape"):
        Overlay(bright=np.ones(4, bool)).packed(5)
    with pytest.raises(ValueError, match="at most 16"):
        Overlay(status=np.zeros(5, np.uint8), status_names=("x",) * 17).packed(5)


def test_an_overlay_of_another_sample_is_another_version():
    versions = {Overlay(chosen=i).packed(5).version for i in (None, 0, 1)}
    versions |= {Overlay(chosen=1, neighbors=range(2)).packed(5).version}
    assert len(versions) == 4
