"""What the thumbs of a range can stand at: labels are values, and the whole range holds everything."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dashboard.widgets.ranges import steps
from paser_core.explain.facets import Histogram, Range


def spread(edges) -> Histogram:
    edges = np.asarray(edges, float)
    none = np.zeros(len(edges) - 1, np.int64)
    return Histogram(edges, none, none, 0)


@given(
    low=st.floats(-1e4, 1e4, allow_subnormal=False),
    width=st.floats(1e-6, 1e6),
    bins=st.integers(1, 40),
)
def test_labels_are_the_values_in_order_and_hold_both_ends(low, width, bins):
    edges = np.linspace(low, low + width, bins + 1)
    known = steps(spread(edges), None)
    values = list(known.values())
    assert [float(label) for label in known] == values
    assert values == sorted(set(values))
    assert values[0] <= edges[0] + 1e-9
    assert values[-1] >= edges[-1] - 1e-9
    assert len(values) >= 2


def test_borders_are_as_short_as_they_stay_apart():
    assert list(steps(spread(np.linspace(0.01234, 0.6649, 5)), None)) == [
        "0", "0.2", "0.3", "0.5", "0.7",
    ]  # fmt: skip
    assert list(steps(spread([22, 57, 310, 8123]), None)) == ["22", "57", "310", "8123"]


def test_a_range_of_the_address_has_its_own_places():
    known = steps(spread([0, 1, 2, 3]), Range(0.25, 2.5))
    assert list(known) == ["0", "0.25", "1", "2", "2.5", "3"]
