"""Figures of the Clusters page: what is drawn is what was given, and text stays text."""

from __future__ import annotations

import html
from dataclasses import replace

import numpy as np
import pytest

from dashboard.charts import (
    DamageBars,
    DivergenceBins,
    MembershipBins,
    PerK,
    SpectrumLines,
    damage_figure,
    divergence_figure,
    label,
    membership_figure,
    per_k_figure,
    spectrum_figure,
)


def bars(k: int, *, measured: bool = True, chosen: int | None = None, name: str = "c"):
    rng = np.random.default_rng(0)
    cds = np.sort(rng.random(k))[::-1] if measured else np.full(k, np.nan)
    return DamageBars(
        names=tuple(f"{name} {i}" for i in range(k)),
        colors=tuple("#0072B2" for _ in range(k)),
        sizes=np.arange(1, k + 1),
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


def test_the_intervals_reach_from_low_to_high():
    given = bars(6)
    traces = damage_figure(given).select_traces({"type": "bar"})
    (interval,) = [t for t in traces if t.base is not None]
    low, length = np.asarray(interval.base, float), np.asarray(interval.x, float)
    np.testing.assert_array_equal(low, given.low)
    np.testing.assert_allclose(low + length, given.high)


def test_every_row_can_be_hit_over_the_whole_width_of_every_column():
    given = bars(4)
    figure = damage_figure(given)
    clear = [t for t in figure.data if t.marker.color == "rgba(0, 0, 0, 0)"]
    assert len(clear) == 3
    for trace in clear:
        axis = figure.layout["xaxis" + trace.xaxis[1:]]
        assert set(trace.x) == {axis.range[1]}
        assert trace.width == 1


def test_only_small_clusters_are_hatched():
    given = bars(4)
    trace = damage_figure(given).data[0]
    assert [shape == "/" for shape in trace.marker.pattern.shape] == given.few.tolist()


def test_without_models_there_are_sizes_only():
    figure = damage_figure(bars(3, measured=False))
    np.testing.assert_array_equal(figure.data[0].x, [1, 2, 3])
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
    reach = figure.layout.xaxis.range[1]
    assert 0.5 < reach < 0.6  # the row without an interval counts, too
    hover = next(t.hovertext for t in figure.data if t.hovertext is not None)
    assert "95 % interval" not in hover[0]
    assert "CDS 0.5000" in hover[0]
    assert "0.1000 to 0.3000" in hover[1]
    assert "No sample was measured" in hover[2]


def test_the_spectrum_shows_values_and_weights_by_coordinate():
    values = np.array([0.0, 0.1, 0.4])
    figure = spectrum_figure(SpectrumLines(values, np.exp(-2 * values)))
    for trace, expected in zip(figure.data, (values, np.exp(-2 * values)), strict=True):
        np.testing.assert_array_equal(trace.x, [1, 2, 3])
        np.testing.assert_allclose(trace.y, expected)


def test_a_figure_of_25_clusters_is_light():
    # A move of the temperature sends it anew.
    assert len(damage_figure(bars(25, chosen=3)).to_json()) < 30_000
