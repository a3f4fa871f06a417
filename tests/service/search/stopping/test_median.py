"""The median rule on numbers worked out by hand."""

from typing import Any

import pytest
from pydantic import ValidationError

from service.search.stopping.median import Median

PEERS = [0.5, 0.6, 0.7, 0.8, 0.9]


def test_worse_than_the_median_ends() -> None:
    decision = Median().decide(9, 0.69, PEERS, "maximize")
    assert not decision.keep
    assert decision.threshold == 0.7
    assert decision.reason == (
        "The best by epoch 9 (0.69) is worse than the median of 5 other trials (0.7)."
    )


@pytest.mark.parametrize("value", [0.7, 0.71])
def test_at_or_above_the_median_goes_on(value: float) -> None:
    assert Median().decide(9, value, PEERS, "maximize").keep


def test_a_loss_is_better_low() -> None:
    assert Median().decide(9, 0.69, PEERS, "minimize").keep
    assert not Median().decide(9, 0.71, PEERS, "minimize").keep


def test_an_even_number_of_peers_has_its_median_between() -> None:
    decision = Median(min_peers=2).decide(9, 0.64, [0.6, 0.7], "maximize")
    assert decision.threshold == pytest.approx(0.65)
    assert not decision.keep


def test_no_objective_is_worse_than_any() -> None:
    assert not Median().decide(9, None, PEERS, "maximize").keep
    half_diverged = [None, None, None, 0.8, 0.9]
    kept = Median().decide(9, 0.1, half_diverged, "maximize")
    assert kept.keep
    assert kept.threshold is None
    assert kept.reason.endswith(
        "not worse than the median of 5 other trials (no finite objective)."
    )


def test_few_peers_decide_nothing() -> None:
    decision = Median(min_peers=6).decide(9, 0.0, PEERS, "maximize")
    assert decision.keep
    assert decision.threshold is None
    assert decision.reason == "Other trials at epoch 9: 5, of 6 that are needed."


def test_epochs_that_are_judged() -> None:
    rule = Median(warmup_epochs=2, interval=3)
    assert [e for e in range(1, 13) if rule.judges(e, 12)] == [3, 6, 9]
    assert [e for e in range(1, 4) if Median(warmup_epochs=0).judges(e, 3)] == [1, 2]


@pytest.mark.parametrize("wrong", [{"warmup_epochs": -1}, {"min_peers": 0}, {"interval": 0}])
def test_wrong_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Median(**wrong)
