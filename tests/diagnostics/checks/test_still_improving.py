from typing import Any

import pytest

from diagnostics import Severity, Verdict
from diagnostics.checks.still_improving import StillImproving
from tests.diagnostics.histories import BASELINE, EPOCHS, watched

WIDTH = 4  # a fifth of the epochs


def judged(fall: float, **settings: Any) -> Verdict:
    """The loss falls by that share of the baseline in the last fifth of the epochs."""
    step = fall * BASELINE / WIDTH
    losses = [1.0 + step * (EPOCHS - epoch) for epoch in range(EPOCHS)]
    return StillImproving().judge(watched(losses, **settings))


@pytest.mark.parametrize(("fall", "severity"), [(0.051, Severity.NOTE), (0.049, Severity.PASS)])
def test_a_twentieth_of_the_baseline_is_still_improving(fall: float, severity: Severity) -> None:
    assert judged(fall).severity is severity


def test_suggests_twice_the_epochs() -> None:
    remedy = judged(0.1).remedy
    assert remedy is not None
    assert remedy.text == "Train longer (try 40 epochs)."
    assert remedy.patch == {"epochs": 40}


def test_the_end_of_a_schedule_is_an_end() -> None:
    assert judged(0.1, lr=[0.1] * 15 + [0.049] * 5).severity is Severity.PASS
    assert judged(0.1, lr=[0.1] * 15 + [0.051] * 5).severity is Severity.NOTE


def test_more_epochs_do_not_help_where_validation_no_longer_improves() -> None:
    validation = [1.0, *[1.5] * (EPOCHS - 1)]
    assert judged(0.1, val=validation).severity is Severity.PASS


def test_a_run_that_goes_on_is_not_judged() -> None:
    assert judged(0.1, facts={"total_steps": 10_000}).severity is Severity.SKIPPED
