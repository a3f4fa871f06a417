import math

import pytest
from hypothesis import given, settings

from diagnostics import History
from diagnostics.curves import always_finite, curve, finite_number, loss_levels
from tests.diagnostics.courses import histories


@given(histories())
@settings(deadline=None)
def test_a_curve_has_the_finite_part_of_the_series(history: History) -> None:
    series = history.series("train_loss").since(1)
    pairs = list(zip(series.epochs, series.values, strict=True))
    finite = {epoch: value for epoch, value in pairs if math.isfinite(value)}
    found = curve(history, "train_loss")
    assert found.values == finite
    assert always_finite(history, "train_loss") == (len(finite) == len(pairs))
    if finite:
        assert (found.first, found.last) == (min(finite), max(finite))
        assert found.newest == finite[max(finite)]
        assert found.lowest == finite[found.best] == min(finite.values())
        assert found.best == min(e for e, value in finite.items() if value == found.lowest)


def test_a_curve_of_nothing() -> None:
    found = curve(History(), "train_loss")
    assert (found.values, found.first, found.last, found.best) == ({}, 0, 0, 0)
    assert math.isnan(found.newest)
    assert math.isnan(found.lowest)
    assert always_finite(History(), "train_loss")


def test_a_level_is_the_smaller_of_both_losses() -> None:
    history = History()
    rows = [(1.0, 2.0), (3.0, 2.0), (4.0, None), (None, 1.0), (math.nan, 0.5)]
    for epoch, (train, validation) in enumerate(rows, start=1):
        history.record(epoch, {"train_loss": train, "val_loss": validation})
    assert loss_levels(history).values == {1: 1.0, 2: 2.0, 3: 4.0}


@pytest.mark.parametrize(
    ("recorded", "number"),
    [(1.5, 1.5), (2, 2.0), (None, None), (math.inf, None), (math.nan, None), ({"a": 1.0}, None)],
)
def test_a_finite_number(recorded: object, number: float | None) -> None:
    assert finite_number(recorded) == number
