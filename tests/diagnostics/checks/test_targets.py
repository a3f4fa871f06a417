from typing import Any

import pytest

from diagnostics import Severity, Verdict
from diagnostics.checks.targets import RANGES, Targets
from diagnostics.diagnosis import SURE
from tests.diagnostics.histories import BASELINE, LAGS, LEARNS, STANDS, VALUES, watched

FAR = Targets().far


def judged(
    losses: list[float], low: float, high: float, end: str | None = None, **start: Any
) -> Verdict:
    middle, spread = (low + high) / 2, (high - low) / 4
    signals = {
        "class_share": None,
        "target_broken": 0.0,
        "target_low": low,
        "target_high": high,
        "target_mean": middle,
        "target_std": spread,
    }
    facts = {**VALUES, "output_activation": end}
    return Targets().judge(watched(losses, start=signals | start, facts=facts))


@pytest.mark.parametrize(
    ("losses", "severity"), [([], "note"), (LEARNS, "note"), (LAGS, "warning")]
)
def test_large_targets_can_be_learned_with_patience(losses: list[float], severity: str) -> None:
    verdict = judged(losses, 900.0, 1100.0)
    assert verdict.severity == severity
    assert set(verdict.causes) == {"target_not_scaled"}
    assert "about 1000, the first outputs 0.40" in verdict.summary


@pytest.mark.parametrize(
    ("low", "first", "sure"),
    [(900.0, 3 * BASELINE, False), (900.0, 1.5 * BASELINE, True), (-1000.0, 3 * BASELINE, True)],
    ids=["met", "was there from the start", "far apart"],
)
def test_targets_that_the_outputs_have_met_are_less_to_blame(
    low: float, first: float, sure: bool
) -> None:
    verdict = judged(STANDS, low, 1100.0, initial_loss=first)
    assert verdict.severity is Severity.WARNING
    assert (verdict.causes["target_not_scaled"] >= SURE) == sure


@pytest.mark.parametrize(("size", "passes"), [(0.99 * FAR, True), (1.01 * FAR, False)])
def test_far_is_told_by_the_first_outputs_and_at_least_1(size: float, passes: bool) -> None:
    for outputs in (0.1, 1.0, 20.0):
        middle = size * max(outputs, 1.0)
        verdict = judged(STANDS, middle, middle, output_rms=outputs)
        assert (verdict.severity is Severity.PASS) == passes


@pytest.mark.parametrize(
    ("end", "low", "high"),
    [
        ("sigmoid", 0.0, 3.0),
        ("sigmoid", -1.0, 1.0),
        ("tanh", -2.0, 0.5),
        ("relu", -5.0, 5.0),
        ("relu6", 0.0, 8.0),
    ],
)
def test_targets_that_the_outputs_cannot_reach(end: str, low: float, high: float) -> None:
    for losses in ([], LEARNS):
        verdict = judged(losses, low, high, end)
        assert verdict.severity is Severity.WARNING
        assert set(verdict.causes) == {"output_range"}
        assert f"The outputs end in {end}" in verdict.summary


@pytest.mark.parametrize("end", [*RANGES, None, "leaky_relu"])
def test_targets_within_reach_pass(end: str | None) -> None:
    assert judged(STANDS, 0.0, 1.0, end).severity is Severity.PASS


def test_a_little_beyond_the_range_is_rounding() -> None:
    reach = 1 / (1 - Targets().outside)
    assert judged(STANDS, 0.0, 0.99 * reach, "sigmoid").severity is Severity.PASS
    assert judged(STANDS, 0.0, 1.01 * reach, "sigmoid").severity is Severity.WARNING


def test_broken_targets_are_a_fault_whatever_comes_of_them() -> None:
    verdict = judged(LEARNS, 0.0, 1.0, target_broken=0.01)
    assert verdict.severity is Severity.WARNING
    assert set(verdict.causes) == {"non_finite"}


@pytest.mark.parametrize(("outside", "severity"), [(0.001, "note"), (0.0, "pass"), (None, "pass")])
def test_labels_that_the_loss_leaves_out_are_a_note(outside: float | None, severity: str) -> None:
    verdict = Targets().judge(watched(LEARNS, start={"labels_outside": outside}))
    assert verdict.severity == severity


def test_skips_where_no_targets_were_measured() -> None:
    history = watched(STANDS, start={"class_share": None})
    assert Targets().judge(history).severity is Severity.SKIPPED
