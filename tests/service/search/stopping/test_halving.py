"""Asynchronous halving on numbers worked out by hand."""

from typing import Any

import pytest
from pydantic import ValidationError

from service.search.stopping.halving import Halving


def test_rungs_grow_by_eta_and_leave_out_the_last_epoch() -> None:
    assert [e for e in range(1, 28) if Halving().judges(e, 27)] == [1, 3, 9]
    later = Halving(eta=4, min_epochs=2)
    assert [e for e in range(1, 41) if later.judges(e, 40)] == [2, 8, 32]


def test_the_best_third_goes_on() -> None:
    peers = [0.1, 0.2, 0.3, 0.4, 0.5]  # with its own, six: two places
    assert Halving().decide(3, 0.45, peers, "maximize").keep
    ended = Halving().decide(3, 0.35, peers, "maximize")
    assert not ended.keep
    assert ended.threshold == 0.4
    assert ended.reason == "Rank 3 of 6 at epoch 3 with 0.35; the best 2 go on."


def test_a_loss_is_better_low() -> None:
    peers = [0.1, 0.2, 0.3, 0.4, 0.5]
    assert Halving().decide(3, 0.15, peers, "minimize").keep
    assert not Halving().decide(3, 0.25, peers, "minimize").keep


def test_the_first_at_a_rung_go_on() -> None:
    first = Halving().decide(3, 0.0, [1.0], "maximize")
    assert first.keep
    assert first.threshold is None
    assert first.reason == "Trial 2 to reach epoch 3: the first 2 go on."
    assert not Halving().decide(3, 0.0, [1.0, 1.0], "maximize").keep


def test_ties_are_kept() -> None:
    decision = Halving().decide(3, 0.5, [0.5] * 5, "maximize")
    assert decision.keep
    assert decision.reason.startswith("Rank 1 of 6")


def test_no_objective_is_worse_than_any() -> None:
    assert not Halving().decide(3, None, [0.1, 0.2], "maximize").keep
    assert Halving().decide(3, 0.0, [None, None], "maximize").keep


def test_a_rung_thins_trials_to_about_a_third() -> None:
    """Arriving one by one in no order, a little more than 1/eta of 243 trials go on."""
    arrivals = [(i * 89) % 243 / 243 for i in range(243)]
    kept = sum(
        Halving().decide(3, value, arrivals[:i], "maximize").keep
        for i, value in enumerate(arrivals)
    )
    assert 81 <= kept <= 100


@pytest.mark.parametrize("wrong", [{"eta": 1}, {"min_epochs": 0}, {"eta": 2.5}])
def test_wrong_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Halving(**wrong)
