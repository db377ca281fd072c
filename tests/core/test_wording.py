from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from paser_core.text import damage, percent, share, some_of


@given(st.integers(0, 10**6), st.integers(1, 10**6), st.integers(0, 2))
def test_some_is_never_none_and_most_is_never_all(part, whole, digits):
    part = min(part, whole)
    text = share(part, whole, digits)
    assert (text.strip(" %").lstrip("0.") == "") == (part == 0)
    assert (float(text.strip("<> %")) == 100) == (part == whole)
    assert abs(float(text.strip("<> %")) - 100 * part / whole) <= 10**-digits


def test_examples():
    assert share(1, 218, 0) == "<1 %"
    assert share(4177, 4178) == ">99.9 %"
    assert (percent(836, 4180), percent(800, 4178)) == ("20 %", "19.1 %")
    assert share(float("nan"), 3) == share(1, 0) == "–"
    assert (damage(float("nan")), damage(0.0)) == ("not measured", "0.000")
    assert (some_of(32, 96), some_of(96, 96)) == ("32 of 96", "96")
