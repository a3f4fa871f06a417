import math
from statistics import median

from hypothesis import given, settings

from diagnostics import Facts, History
from diagnostics.curves import curve
from diagnostics.learning_rate import (
    BULK,
    ROUNDING,
    bulk_epochs,
    bulk_paces,
    bulk_ratios,
    largest_ratio,
)
from tests.diagnostics.courses import histories


@given(histories())
@settings(deadline=None, max_examples=200)
def test_the_bulk_of_a_run_equals_its_slow_twin(history: History) -> None:
    used = curve(history, "lr").values
    peak = max([*used.values(), history.facts.lr or 0.0])
    trained = [epoch for epoch in sorted(history.rows) if epoch > 0]
    bulk = [e for e in trained if used.get(e, peak) >= BULK * peak * (1 - ROUNDING)]
    assert bulk_epochs(history) == bulk

    columns = {
        layer: dict(zip(series.epochs, series.values, strict=True))
        for layer, series in history.layers("update_ratio").items()
    }
    known = [v for column in columns.values() for v in column.values() if math.isfinite(v)]
    assert largest_ratio(history) == max(known, default=None)
    in_bulk = {
        layer: [v for e, v in column.items() if e in bulk and math.isfinite(v)]
        for layer, column in columns.items()
    }
    middles = {layer: median(values) for layer, values in in_bulk.items() if values}
    assert bulk_ratios(history) == {k: v for k, v in middles.items() if math.isfinite(v)}

    paces = [
        [v / used[e] for e, v in column.items() if e in bulk and used.get(e, 0.0) > 0]
        for column in columns.values()
    ]
    shares = [pace[-1] / pace[0] for pace in paces if len(pace) > 1 and pace[0] > 0]
    assert sorted(map(repr, bulk_paces(history).shares)) == sorted(map(repr, shares))


def test_a_warm_up_leaves_the_bulk_once_its_peak_is_known() -> None:
    history = History(Facts())
    for epoch, lr in enumerate([0.001, 0.01, 0.1, 0.1], start=1):
        history.record(epoch, {"lr": lr, "update_ratio": {"fc1": lr / 10}})
        if epoch == 1:
            assert bulk_ratios(history) == {"fc1": 0.0001}
    assert bulk_epochs(history) == [2, 3, 4]
    assert bulk_ratios(history) == {"fc1": 0.01}
    assert largest_ratio(history) == 0.01
