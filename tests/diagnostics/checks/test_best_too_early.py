from typing import Any

import pytest

from diagnostics import Severity, Verdict
from diagnostics.checks.best_too_early import BestTooEarly
from tests.diagnostics.histories import BASELINE, EPOCHS, LEARNS, STANDS, watched

RISING = [0.5, *[0.5 + 0.1 * epoch for epoch in range(EPOCHS - 1)]]


def judged(losses: list[float] = LEARNS, **settings: Any) -> Verdict:
    return BestTooEarly().judge(watched(losses, **settings))


def scores(best: int, lost: float) -> dict[str, Any]:
    """Validation accuracies whose best is that epoch's."""
    return {"val_accuracy": [0.8 if i == best else 0.8 - lost for i in range(1, EPOCHS + 1)]}


@pytest.mark.parametrize(
    ("best", "lost", "severity"),
    [
        (1, 0.1, Severity.NOTE),
        (2, 0.1, Severity.NOTE),
        (3, 0.1, Severity.PASS),
        (1, 0.01, Severity.PASS),
        (1, 0.021, Severity.NOTE),
    ],
)
def test_a_tenth_of_the_epochs_is_too_early(best: int, lost: float, severity: Severity) -> None:
    assert judged(during=scores(best, lost)).severity is severity


def test_the_loss_counts_where_there_is_no_accuracy() -> None:
    found = judged(val=RISING, during={"val_accuracy": None})
    assert found.severity is Severity.NOTE
    lost = (RISING[-1] - RISING[0]) / BASELINE
    assert found.evidence["lost_since"] == pytest.approx(lost)
    assert found.summary.endswith(f"by {100 * lost:.1f} % of the baseline so far.")
    assert judged(val=RISING, during={"val_accuracy": 0.8}).severity is Severity.PASS


def test_the_advice_depends_on_what_training_did() -> None:
    went_on, stood = judged(during=scores(1, 0.1)), judged(STANDS, during=scores(1, 0.1))
    assert went_on.remedy is not None
    assert "regularise" in went_on.remedy.text
    assert stood.remedy is not None
    assert "lower lr" in stood.remedy.text
