"""What the map can be colored by."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dashboard.runs.maps import Coloring, own_columns

names = st.sampled_from([*Coloring, "", " ", "topic", "Cluster (your column)"]) | st.text(
    max_size=4
)


@given(st.lists(names, unique=True))
def test_every_column_of_the_user_can_be_chosen(columns):
    labels = own_columns(columns)
    assert list(labels.values()) == columns
    assert all(label.strip() for label in labels)
    assert not set(labels) & set(Coloring)
