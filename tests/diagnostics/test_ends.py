import math

from hypothesis import given, settings

from diagnostics import History
from diagnostics.ends import ends
from tests.diagnostics.courses import histories


@given(histories())
@settings(deadline=None)
def test_ends_are_those_of_the_series(history: History) -> None:
    columns = {layer: s.values for layer, s in history.layers("weight_norm").items()}
    found = ends(history, "weight_norm")
    assert repr(found.last) == repr({layer: values[-1] for layer, values in columns.items()})
    shares = [v[-1] / v[0] for v in columns.values() if len(v) > 1 and v[0] > 0]
    assert sorted(map(repr, found.shares)) == sorted(map(repr, shares))


def test_a_layer_that_was_measured_once_has_no_share() -> None:
    history = History()
    history.record(1, {"weight_norm": {"a": 2.0, "b": 0.0}})
    history.record(2, {"weight_norm": {"b": 1.0, "c": 4.0}})
    history.record(3, {"weight_norm": {"c": None}})
    assert {k: v for k, v in ends(history, "weight_norm").last.items() if k != "c"} == {
        "a": 2.0,
        "b": 1.0,
    }
    (share,) = ends(history, "weight_norm").shares
    assert math.isnan(share)
