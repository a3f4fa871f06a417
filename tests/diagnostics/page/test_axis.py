"""What an axis covers, where values lie on it, which ticks it has."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnostics.page.axis import HUGE, Axis, bulk, log_axis, usable

positive = st.floats(1e-30, 1e30)


@given(positive, st.floats(1.001, 1e12), st.booleans())
def test_ticks_ascend_are_told_apart_and_lie_on_the_axis(
    low: float, factor: float, log: bool
) -> None:
    axis = Axis(low, low * factor, log=log)
    ticks = axis.ticks()
    assert 1 <= len(ticks) <= 10
    assert len({text for _, text in ticks}) == len(ticks)
    places = [axis.place(value) for value, _ in ticks]
    assert all(a < b for a, b in pairwise(places))
    assert all(-1e-6 <= place <= 1 + 1e-6 for place in places)


@given(st.floats(-1e30, 1e30), positive)
def test_the_ends_are_at_the_ends(low: float, span: float) -> None:
    axis = Axis(low, low + span + abs(low))
    assert axis.place(axis.low) == 0
    assert axis.place(axis.high) == 1


def test_ticks_are_written_with_the_digits_they_need() -> None:
    assert [text for _, text in Axis(0, 2.4).ticks()] == ["0", "0.5", "1.0", "1.5", "2.0"]
    assert [text for _, text in Axis(2.3021, 2.3029).ticks()][:2] == ["2.3022", "2.3024"]
    assert [text for _, text in Axis(-0.15, 15.15, whole=True).ticks()] == ["0", "5", "10", "15"]
    assert [text for _, text in Axis(0.9, 2.1, whole=True).ticks()] == ["1", "2"]
    assert [text for _, text in Axis(1e-5, 1e-1, log=True).ticks()][:2] == ["1e-5", "1e-4"]
    assert [text for _, text in Axis(0.15, 1.2, log=True).ticks()] == ["0.2", "0.5", "1"]


def test_a_log_axis_has_a_place_for_zero_only_where_there_is_one() -> None:
    axis = log_axis([0.0, 1.0, 10.0])
    assert axis.place(0.0) == 0
    assert axis.place(1.0) > 0.3
    assert axis.ticks()[0] == (0.0, "0")
    assert axis.beyond([0.0]) == []
    assert "0" not in [text for _, text in log_axis([1.0, 10.0]).ticks()]


def test_a_log_axis_covers_at_least_what_it_is_told_to() -> None:
    assert log_axis([1e-3], least=(1e-4, 1e-2)).low == 1e-4
    assert log_axis([], least=(1e-4, 1e-2)) == Axis(1e-4, 1e-2, log=True)
    assert log_axis([1e-9, 1.0], least=(1e-4, 1e-2)).high > 1


@pytest.mark.parametrize("log", [False, True])
def test_one_outlier_does_not_stretch_the_axis(log: bool) -> None:
    usual = [1.0 + 0.01 * n for n in range(30)]
    low, high = bulk([*usual, 1e6], log=log) or (0.0, 0.0)
    assert low < 1.0
    assert 1.29 < high < 100
    assert Axis(low, high, log=log).beyond([*usual, 1e6, math.nan]) == [1e6]


@given(st.lists(st.floats(0, 1e90) | st.just(math.nan)))
def test_the_bulk_has_a_width(values: list[float]) -> None:
    for log in (False, True):
        limits = bulk(values, log=log)
        shown = [v for v in values if v >= (1 / HUGE if log else 0)]
        assert (limits is None) == (not shown)
        if limits is not None:
            assert limits[0] < limits[1]


def test_what_is_as_good_as_not_finite_is_nan() -> None:
    assert usable(1e99) == 1e99
    assert all(map(math.isnan, map(usable, (None, math.inf, -math.inf, math.nan, 1e101))))
