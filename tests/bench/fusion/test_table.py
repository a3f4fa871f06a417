"""Medians, ratios and aims, by hand."""

from dataclasses import replace

import pytest

from bench.fusion.cases import CASES, Aims
from bench.fusion.table import learned, ratios, shown, times

SECONDS = {
    "b0": [4.0, 1.0, 2.0],  # of one trial
    "b1": [0.2, 0.1, 0.4],  # of two
    "b2": [0.3, 0.9, 0.6],  # of ten
    "ours": [0.5, 0.4, 1.0],  # of fifty
    "cold": [5.0, 5.0, 5.0],
}
TRIALS = {"b0": 1, "b1": 2, "b2": 10, "ours": 50, "cold": 50}
CASE = CASES["resnet20"]


def test_times_are_of_one_trial() -> None:
    found = times(SECONDS, TRIALS)
    assert found["b0"] == {"trials": 1, "median_ms": 2000.0, "minimum_ms": 1000.0}
    assert found["b1"] == {"trials": 2, "median_ms": 100.0, "minimum_ms": 50.0}
    assert found["ours"] == {"trials": 50, "median_ms": 10.0, "minimum_ms": 8.0}


def test_ratios_are_over_b0_and_over_the_better_of_b1_and_b2() -> None:
    found = times(SECONDS, TRIALS)
    told = ratios(replace(CASE, aims=Aims(over_b0=201, over_best=6)), found)
    assert told["over_b0"] == {"times": 200.0, "aim": 201, "met": False}
    assert told["best"] == "b2"
    assert told["over_best"] == {"times": 6.0, "aim": 6, "met": True}
    assert told["cold_over_b0"] == 20.0
    assert told["cold_over_best"] == 0.6
    assert "regret" not in told
    nothing = ratios(replace(CASE, aims=Aims(over_b0=None, over_best=6)), found)
    assert nothing["over_b0"] == {"times": 200.0, "aim": None, "met": None}


@pytest.mark.parametrize(("b2", "regret", "met"), [(9.8, 0.0204, True), (9.0, 0.1111, False)])
def test_regret_is_how_much_slower_than_the_best(b2: float, regret: float, met: bool) -> None:
    found = times(SECONDS, TRIALS)
    found["b2"]["median_ms"] = b2
    told = ratios(CASE, found)
    assert told["regret"] == {"share": regret, "at_most": 0.03, "met": met}
    assert not told["over_best"]["met"]


def test_accuracies_alike_are_within_what_chance_explains() -> None:
    # p = 0.95 of 400: the standard error of a difference is √(2 · 0.95 · 0.05 / 400) = 0.0154.
    close = learned([0.2, 0.94, None, 1.0], [0.1, 0.96, 0.3], 400)
    assert close == {"points": 3, "ours": 0.94, "b1": 0.96, "noise": 0.0487, "alike": True}
    assert not learned([0.9], [0.97], 400)["alike"]
    assert learned([1.0], [1.0], 400)["alike"]


def test_losing_cases_are_shown() -> None:
    found = times(SECONDS | {"ours": [600.0, 500.0, 700.0]}, TRIALS)
    row = {
        "title": CASE.title,
        "epochs": CASE.epochs,
        "batch_size": CASE.batch_size,
        "times": found,
        "ratios": ratios(CASE, found),
        "learned": learned([0.5], [0.9], 400),
        "plans": [{"engine": "plain", "width": 1, "reason": "Stacking loses here."}],
    }
    words = shown(row)
    assert "0.17 × as fast (aim 1.8: MISSED) as B0" in words
    assert "0.01 × as fast (aim 1: MISSED) as B2" in words
    assert "at most 3%: MISSED" in words
    assert "NOT ALIKE" in words
    assert "plan: plain, 1 wide; Stacking loses here." in words
