"""The figures of the Compare page, and colors that stay apart for eyes that lack a kind of cone."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from dashboard import palette
from dashboard.charts.compare import ShiftRows, agreement_figure, shift_figure

# What is left of linear RGB without one kind of cone: Machado, Oliveira & Fernandes 2009, severity 1.
EYES = {
    "all cones": np.eye(3),
    "no long cones": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "no middle cones": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "no short cones": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
SIDES = (palette.ONLY_A, palette.BOTH, palette.ONLY_B, palette.NONE)
APART = 18  # CIE76; 2.3 can just be told apart side by side


def linear(color: str) -> np.ndarray:
    given = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(given <= 0.04045, given / 12.92, ((given + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    """CIE L*a*b* of linear sRGB, D65."""
    xyz = TO_XYZ @ np.clip(rgb, 0, 1) / np.array([0.95047, 1.0, 1.08883])
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def contrast(color: str, ground: str) -> float:
    """WCAG 2."""
    one, other = sorted(float(TO_XYZ[1] @ linear(c)) for c in (color, ground))
    return (other + 0.05) / (one + 0.05)


def test_the_measure_knows_what_is_known():
    np.testing.assert_allclose(lab(linear("#FFFFFF")), [100, 0, 0], atol=0.02)
    np.testing.assert_allclose(lab(linear("#FF0000")), [53.24, 80.09, 67.20], atol=0.05)
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    # Red and green of equal lightness fall together without middle cones, for which this is made.
    eye = EYES["no middle cones"]
    assert np.linalg.norm(lab(eye @ linear("#C05A3C")) - lab(eye @ linear("#7B7A2E"))) < APART


@pytest.mark.parametrize("eye", EYES)
def test_the_sides_are_told_apart(eye):
    for one, other in itertools.combinations(SIDES, 2):
        seen = [lab(EYES[eye] @ linear(color)) for color in (one, other)]
        assert np.linalg.norm(seen[0] - seen[1]) > APART, (one, other)


@pytest.mark.parametrize("ground", ["#FFFFFF", "#171614"])  # of the two themes
def test_the_sides_are_seen_on_light_and_on_dark(ground):
    for color in SIDES[:3]:
        assert contrast(color, ground) >= 3  # what WCAG asks of graphics


def rows(names=("one", "two"), share_a=(0.25, 0.75), chosen=None) -> ShiftRows:
    return ShiftRows(
        names=names,
        a=np.array([1, 3]),
        b=np.array([2, 2]),
        both=np.array([1, 0]),
        share_a=np.array(share_a),
        share_b=np.array([0.5, 0.5]),
        share_all=np.array([0.4, 0.6]),
        chosen=chosen,
    )


def marked(figure, symbol):
    """Where the marks of a shape are: shares and rows."""
    marks = next(trace for trace in figure.data if trace.mode == "markers")
    here = np.asarray(marks.marker.symbol) == symbol
    return np.asarray(marks.x)[here], np.asarray(marks.y)[here]


def test_every_row_says_where_a_b_and_all_samples_are():
    figure = shift_figure(rows())
    for symbol, expected in (("circle", [25, 75]), ("diamond", [50, 50]), ("line-ns", [40, 60])):
        shares, places = marked(figure, symbol)
        np.testing.assert_allclose(shares, expected)
        np.testing.assert_array_equal(places, [0, 1])
    line = figure.data[0]
    np.testing.assert_allclose(line.x, [25, 50, np.nan, 75, 50, np.nan])
    # The first row is on top, and nothing falls off the axis.
    low, high = figure.layout.yaxis.range
    assert low > high
    assert figure.layout.xaxis.range[1] > 75


def test_a_click_anywhere_on_a_row_is_a_click_on_the_row():
    clear = shift_figure(rows()).data[-1]
    assert clear.orientation == "h"
    np.testing.assert_array_equal(clear.y, [0, 1])
    assert (clear.x >= 75).all()
    assert clear.width == 1


def test_the_chosen_row_is_marked():
    (mark,) = shift_figure(rows(chosen=1)).layout.shapes
    assert (mark.y0, mark.y1) == (0.5, 1.5)
    assert not shift_figure(rows()).layout.shapes


def test_names_are_text_and_an_empty_selection_has_no_place():
    figure = shift_figure(rows(("<b>bold</b>", "a & b"), (np.nan, np.nan)))
    assert figure.layout.yaxis.ticktext == ("&lt;b&gt;bold&lt;/b&gt;", "a &amp; b")
    hover = figure.data[-1].hovertext
    assert "<b>&lt;b&gt;bold&lt;/b&gt;</b>" in hover[0]
    assert "A: 1 sample<br>" in hover[0]  # no share of nothing
    assert np.isnan(marked(figure, "circle")[0]).all()


def test_agreement_leaves_the_diagonal_free():
    index = np.array([[1.0, 0.5], [0.5, 1.0]])
    cells = agreement_figure(index, ["run", "7"], 0.1).data[0]
    np.testing.assert_array_equal(cells.z, [[np.nan, 0.5], [0.5, np.nan]])
    assert [list(line) for line in cells.text] == [["", "0.50"], ["0.50", ""]]
    assert (cells.zmin, cells.zmax) == (0.1, 1.0)
    assert agreement_figure(index, ["run", "7"], 1.0).data[0].zmin < 1
    # Seeds are names: an axis of numbers would put them elsewhere.
    assert agreement_figure(index, ["run", "7"], 0.1).layout.xaxis.type == "category"
