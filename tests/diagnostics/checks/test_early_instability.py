import pytest

from diagnostics import Severity, Verdict
from diagnostics.checks.early_instability import EarlyInstability
from tests.diagnostics.histories import BACK, EPOCHS, LEARNS, watched

UNTRAINED = 2.4


def judged(peaks: dict[int, float], losses: list[float] = BACK, epochs: int = EPOCHS) -> Verdict:
    """`peaks`: epoch → the largest loss of a step."""
    during = {"loss_max": [peaks.get(epoch, 1.0) for epoch in range(1, EPOCHS + 1)]}
    return EarlyInstability().judge(watched(losses, facts={"epochs": epochs}, during=during))


def test_a_start_that_went_far_off_and_came_back_is_a_note() -> None:
    found = judged({1: 30.0})
    assert found.severity is Severity.NOTE
    assert found.summary == (
        "In epoch 1 a step's loss rose to 30.0, where the untrained model has 2.40; it has come "
        "back to 0.00192 since."
    )
    assert found.remedy is not None
    assert found.remedy.patch == {"schedule.warmup": 0.05}


@pytest.mark.parametrize(("peak", "severity"), [(2.01, Severity.NOTE), (2.0, Severity.PASS)])
def test_the_limit_is_twice_the_untrained_loss(peak: float, severity: Severity) -> None:
    assert judged({1: peak * UNTRAINED}).severity is severity


def test_later_epochs_are_not_the_first_steps() -> None:
    assert judged({2: 30.0}).severity is Severity.PASS
    assert judged({2: 30.0}, epochs=40).severity is Severity.NOTE


def test_a_run_that_did_not_come_back_is_for_others_to_judge() -> None:
    assert judged({1: 30.0}, [3.0] * EPOCHS).severity is Severity.PASS
    assert judged({}, LEARNS).severity is Severity.PASS
