"""Figures of the Clusters page: what is drawn is what was given, and text stays text."""

from __future__ import annotations

import html
from dataclasses import replace

import numpy as np
import pytest

from dashboard.charts.clusters import DamageBars, damage_figure
from dashboard.charts.clusters_k import PerK, per_k_figure, spectrum_figure
from dashboard.charts.clusters_within import (
    DivergenceBins,
    MembershipBins,
    divergence_figure,
    membership_figure,
)
from dashboard.charts.labels import label, names_margin, round_ticks


def bars(k: int, *, measured: bool = True, chosen: int | None = None, name: str = "c"):
    rng = np.random.default_rng(0)
    cds = np.sort(rng.random(k))[::-1] if measured else np.full(k, np.nan)
    return DamageBars(
        names=tuple(f"{name} {i}" for i in range(k)),
        colors=tuple("#0072B2" for _ in range(k)),
        sizes=np.arange(1, k + 1),
        measured_sizes=np.arange(k) // 2 + 1,
        few=np.arange(k) % 2 == 0,
        cds=cds,
        low=cds * 0.9,
        high=cds * 1.1,
        share=cds / cds.sum(),
        chosen=chosen,
    )


def test_the_point_index_of_every_trace_is_the_row():
    given = bars(5, chosen=2)
    for trace in damage_figure(given).data:
        np.testing.assert_array_equal(trace.y, np.arange(5))


def read_off(figure, places):
    """What a reader reads off the axis at these places."""
    axis = figure.layout.xaxis
    return np.asarray(places, float) * float(axis.ticktext[-1]) / axis.tickvals[-1]


def bars_of(figure):
    """Where the bars of each column begin and how long they are; the intervals and the clear ones out."""
    return [
        (np.asarray(t.base, float), np.asarray(t.x, float))
        for t in figure.data
        if t.type == "bar" and t.base is not None and t.width is None
    ]


def test_a_cluster_that_has_become_better_reaches_left_of_zero():
    given = replace(
        bars(3),
        cds=np.array([0.5, 0.1, -0.3]),
        low=np.array([0.4, 0.05, -0.4]),
        high=np.array([0.6, 0.2, -0.2]),
        title="CDS (mean loss gap)",
    )
    figure = damage_figure(given)
    axis = figure.layout.xaxis
    ticks = np.array([float(text) for text in axis.ticktext])
    places = np.asarray(axis.tickvals, float)
    per_unit = (places[-1] - places[0]) / (ticks[-1] - ticks[0])
    zero = places[ticks == 0][0]
    assert ticks.min() < 0
    begin, length = bars_of(figure)[0]
    np.testing.assert_allclose(begin, zero)
    np.testing.assert_allclose(length / per_unit, given.cds)
    (interval,) = [t for t in figure.data if t.type == "bar" and t.width == 0.2]
    np.testing.assert_allclose((np.asarray(interval.base, float) - zero) / per_unit, given.low)
    assert np.asarray(interval.base, float).min() >= 0  # within the figure
    assert "CDS (mean loss gap) with<br>95 % interval" in [
        a.text for a in figure.layout.annotations
    ]


def test_damage_and_interval_are_read_off_the_axis_as_they_are():
    given = bars(6)
    figure = damage_figure(given)
    begin, length = bars_of(figure)[0]
    np.testing.assert_array_equal(begin, 0)
    np.testing.assert_allclose(read_off(figure, length), given.cds)
    (interval,) = [t for t in figure.data if t.type == "bar" and t.width == 0.2]
    np.testing.assert_allclose(read_off(figure, interval.base), given.low)
    ends = np.asarray(interval.base, float) + np.asarray(interval.x, float)
    np.testing.assert_allclose(read_off(figure, ends), given.high)


def test_every_column_has_a_place_of_its_own_and_bars_in_proportion():
    given = bars(5)
    figure = damage_figure(given)
    drawn, heads = bars_of(figure), [a.x for a in figure.layout.annotations]
    assert len(drawn) == len(heads) == 3
    for (begin, length), values in zip(drawn, (given.cds, given.sizes, given.share), strict=True):
        assert len(set(begin)) == 1
        np.testing.assert_allclose(length / length.max(), values / values.max())
    begins = [begin[0] for begin, _ in drawn] + [1.0]
    for (begin, length), head, end in zip(drawn, heads, begins[1:], strict=True):
        assert begin[0] < head < end
        assert begin[0] + length.max() < end
    # The ticks belong to the damage and end where it ends.
    assert max(figure.layout.xaxis.tickvals) < begins[1]


def test_every_row_can_be_hit_over_the_whole_width():
    figure = damage_figure(bars(4))
    (clear,) = [t for t in figure.data if t.marker.color == "rgba(0, 0, 0, 0)"]
    assert set(clear.x) == {figure.layout.xaxis.range[1]}
    assert clear.width == 1
    assert figure.data[-1] is clear  # above all others


@pytest.mark.parametrize("reach", [1e-9, 0.00137, 0.23, 1.0, 7.3, 99.0, 5e6])
def test_ticks_are_round_and_few(reach):
    ticks = round_ticks(reach, 8)
    assert 2 <= len(ticks) <= 8
    assert ticks[0] == 0
    assert ticks[-1] <= reach
    step = ticks[1]
    assert ticks[-1] + step > reach
    np.testing.assert_allclose(np.diff(ticks), step)
    assert f"{step:.0e}"[0] in "125"


def test_long_names_get_the_room_that_they_need():
    letters = names_margin(["W" * 34]), names_margin(["i" * 34])
    assert letters[0] > 34 * 9  # the widest letter of the sans serif at 12 px
    assert letters[1] < letters[0]
    assert names_margin(["\u6f22" * 10]) >= 120  # a full em each
    assert names_margin(["a &amp; b"]) == names_margin(["a ! b"]) + 3  # an entity is one letter
    assert names_margin(["<b>name</b>"]) > names_margin(["name"])
    assert names_margin([]) > 0


def test_only_small_clusters_are_hatched():
    given = bars(4)
    trace = damage_figure(given).data[0]
    assert [shape == "/" for shape in trace.marker.pattern.shape] == given.few.tolist()


def test_without_models_there_are_sizes_only():
    figure = damage_figure(bars(3, measured=False))
    ((_, lengths),) = bars_of(figure)
    np.testing.assert_allclose(lengths / lengths[0], [1, 2, 3])
    assert "NaN" not in figure.to_json()
    assert [a.text for a in figure.layout.annotations] == ["Samples"]


@pytest.mark.parametrize("name", ["<b>bold</b>", "a & b", "<a href='http://x'>", "1 < 2 > 0"])
def test_a_name_is_never_markup(name):
    figure = damage_figure(bars(2, chosen=0, name=name))
    (hover,) = {t.hovertext for t in figure.data if t.hovertext is not None}
    ticks = figure.layout.yaxis.ticktext
    # The chosen row and the head of a hover text are bold; that is all the markup there is.
    bold = [ticks[0], hover[0].split("<br>")[0], hover[1].split("<br>")[0]]
    for shown, expected in zip([*bold, ticks[1]], [0, 0, 1, 1], strict=True):
        inner = shown.removeprefix("<b>").removesuffix("</b>") if shown in bold else shown
        assert "<" not in inner
        assert ">" not in inner
        assert html.unescape(inner) == f"{name} {expected}"


def test_a_label_reads_as_the_text_when_its_entities_are_resolved():
    text = "x < y & <script>alert('z')</script>"
    assert html.unescape(label(text, 80)) == text
    assert len(html.unescape(label("w" * 200))) <= 34


def test_the_mean_is_drawn_inside_its_interval():
    edges = np.linspace(0, 1, 11)
    own = np.full(10, 0.1)
    bins = DivergenceBins(edges, own, own[::-1], 0.5, 0.4, 0.6, "#0072B2")
    figure = divergence_figure(bins)
    band, line = figure.layout.shapes
    assert (band.x0, band.x1) == (0.4, 0.6)
    assert line.x0 == line.x1 == 0.5
    np.testing.assert_allclose(figure.data[0].y, 10)
    np.testing.assert_allclose(figure.data[0].x, (edges[:-1] + edges[1:]) / 2)


def test_an_empty_cluster_can_be_drawn():
    edges = np.linspace(0, 1, 11)
    nothing = np.zeros(10)
    divergence_figure(DivergenceBins(edges, nothing, nothing, 0.0, 0.0, 0.0, "#0072B2")).to_json()
    counts = np.zeros(10, np.int64)
    membership_figure(MembershipBins(edges, counts, 0.5, "#0072B2")).to_json()


def test_the_chosen_number_of_clusters_is_marked_in_both_curves():
    k = np.arange(2, 8)
    figure = per_k_figure(PerK(k, 1 / k, np.sqrt(k), "Modularity", 5))
    assert len(figure.data) == 2
    for trace in figure.data:
        sizes = np.asarray(trace.marker.size)
        assert k[sizes == sizes.max()].tolist() == [5]
    # Where the criterion was not needed there is one curve, without gaps.
    alone = per_k_figure(PerK(k, 1 / k, np.full(6, np.nan), "Modularity", 5))
    assert len(alone.data) == 1


def test_what_is_not_known_is_not_drawn_and_said_when_pointed_at():
    given = replace(
        bars(3),
        cds=np.array([0.5, 0.2, np.nan]),
        low=np.array([np.nan, 0.1, np.nan]),
        high=np.array([np.nan, 0.3, np.nan]),
    )
    figure = damage_figure(given)
    begins = [begin[0] for begin, _ in bars_of(figure)]
    assert 0.5 < read_off(figure, begins[1]) < 0.6  # the row without an interval counts, too
    hover = next(t.hovertext for t in figure.data if t.hovertext is not None)
    assert "95 % interval" not in hover[0]
    assert "CDS 0.5000" in hover[0]
    assert "0.1000 to 0.3000" in hover[1]
    assert "No sample was measured" in hover[2]


def test_the_spectrum_shows_values_and_weights_by_coordinate():
    values = np.array([0.0, 0.1, 0.4])
    figure = spectrum_figure(values, np.exp(-2 * values))
    for trace, expected in zip(figure.data, (values, np.exp(-2 * values)), strict=True):
        np.testing.assert_array_equal(trace.x, [1, 2, 3])
        np.testing.assert_allclose(trace.y, expected)


def test_a_figure_of_25_clusters_is_light():
    # A move of the temperature sends it anew.
    assert len(damage_figure(bars(25, chosen=3)).to_json()) < 30_000
