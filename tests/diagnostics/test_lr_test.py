import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnostics import History
from diagnostics.lr_test import Answer, answered, lr_test, near_possible
from tests.diagnostics.histories import run, watched
from tests.diagnostics.lr_tests import LOST, NOTHING, TOO_HIGH, TOO_LOW, falls, tried


@pytest.mark.parametrize(
    ("signals", "answer"),
    [
        (TOO_LOW, Answer.HIGHER),
        (TOO_HIGH, Answer.LOWER),
        (NOTHING, Answer.NEITHER),
        (tried(falls(0.05), LOST, LOST), Answer.LOWER),
        (tried(LOST, LOST, LOST), Answer.UNCLEAR),
        (tried(falls(0.1), falls(0.3), falls(0.9)), Answer.SAME),
        (tried(falls(0.01), falls(0.01), falls(0.01)), Answer.UNCLEAR),  # it falls at any lr
        (tried(falls(0.01), falls(0.03), falls(0.04)), Answer.UNCLEAR),  # not clearly faster
        (tried(falls(-0.1), falls(-0.2), falls(-0.6)), Answer.UNCLEAR),  # lr may be far too high
        (tried(falls(-0.01), falls(-0.02), falls(-0.2)), Answer.NEITHER),  # noise, by heart
        (tried(falls(0.0), falls(0.0), falls(1e-7)), Answer.NEITHER),  # rounding
    ],
)
def test_the_answer(signals: dict[str, Any], answer: Answer) -> None:
    history = run([2.3] * 8)
    history.record(8, signals)
    assert answered(history) is answer


def test_the_newest_counts_and_what_is_older_than_asked_does_not() -> None:
    history = run([2.3] * 8)
    history.record(3, TOO_LOW)
    assert answered(history) is answered(history, since=3) is Answer.HIGHER
    assert answered(history, since=4) is None
    history.record(6, NOTHING)
    assert answered(history, since=4) is Answer.NEITHER
    found = lr_test(history)
    assert found is not None
    assert found.epoch == 6


@pytest.mark.parametrize(
    ("now", "counts"), [(0.1, True), (0.06, True), (0.01, False), (1.0, False)]
)
def test_a_test_at_an_lr_that_has_changed_since_does_not_count(now: float, counts: bool) -> None:
    history = run([2.3] * 8, lr=[0.1] * 6 + [now] * 2)
    history.record(6, TOO_LOW)
    assert (lr_test(history) is not None) == counts


@pytest.mark.parametrize("name", ["before", "lower", "same", "higher"])
def test_half_a_test_is_none(name: str) -> None:
    history = run([2.3] * 8)
    history.record(8, {key: v for key, v in TOO_LOW.items() if not key.endswith(name)})
    assert lr_test(history) is None
    assert answered(run([2.3] * 8)) is None


def test_near_what_simple_predictors_find() -> None:
    weak = {"predictability": 0.02, "predictability_z": 9.0}
    during = {"train_accuracy": None}
    low, base = [2.303 * 0.979] * 20, [2.303] * 20
    assert near_possible(watched(low, start=weak | {"class_share": {}}, during=during))
    assert not near_possible(watched(base, start=weak | {"class_share": {}}, during=during))
    unsure = weak | {"predictability_z": 1.0, "class_share": {}}
    assert not near_possible(watched(low, start=unsure, during=during))
    assert not near_possible(run(low))


odd = st.one_of(
    st.none(), st.floats(), st.sampled_from([0.0, 1e308, -1e308, 1e-320, math.inf, 2.0, True])
)
parts = st.one_of(st.none(), st.floats(), st.lists(odd, max_size=4))


@given(before=parts, lower=parts, same=parts, higher=parts)
def test_nothing_recorded_makes_it_raise(before: Any, lower: Any, same: Any, higher: Any) -> None:
    history: History = run([2.3] * 8)
    history.record(8, tried(lower, same, higher) | {"lr_test_before": before})
    found = lr_test(history)
    assert found is None or isinstance(found.answer, Answer)
