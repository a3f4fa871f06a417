import math
from typing import Any

import numpy as np
import pytest

from diagnostics import Severity, Verdict
from diagnostics.checks.calibration import Calibration, most
from tests.diagnostics.histories import EPOCHS, LEARNS, watched

CHECK = Calibration()


def judged(loss: float, accuracy: float, **settings: Any) -> Verdict:
    more = settings.pop("during", {})
    scores = {"val_accuracy": accuracy} | more
    return CHECK.judge(watched(LEARNS, val=[loss] * EPOCHS, during=scores, **settings))


@pytest.mark.parametrize("seed", range(6))
def test_no_calibrated_model_is_above_the_bound(seed: int) -> None:
    """Labels drawn from the model's own probabilities: it is calibrated by construction."""
    dice = np.random.default_rng(seed)
    shares = dice.dirichlet(np.full(5, 10.0 ** dice.uniform(-1, 1)), size=20_000)
    labels = (shares.cumsum(1) > dice.random((20_000, 1))).argmax(1)
    loss = -np.log(shares[np.arange(20_000), labels]).mean()
    accuracy = (shares.argmax(1) == labels).mean()
    assert loss < 1.02 * most(accuracy, 5)


def test_the_bound_is_reached_by_a_model_that_is_equally_sure_of_every_answer() -> None:
    assert most(0.1, 10) == pytest.approx(math.log(10))
    assert most(1.0, 10) == 0.0
    assert most(0.5, 2) == pytest.approx(math.log(2))
    assert most(0.9, 10) == pytest.approx(-0.9 * math.log(0.9) - 0.1 * math.log(0.1 / 9))


@pytest.mark.parametrize(("above", "severity"), [(0.11, Severity.NOTE), (0.09, Severity.PASS)])
@pytest.mark.parametrize("accuracy", [0.3, 0.9, 1.0])
def test_a_loss_above_the_bound_is_overconfidence(
    above: float, severity: Severity, accuracy: float
) -> None:
    loss = most(accuracy, 10) + above * math.log(10)
    assert judged(loss, accuracy).severity is severity


@pytest.mark.parametrize(
    "facts",
    [
        {"label_smoothing": 0.1},
        {"loss": "cross_entropy_weighted"},
        {"loss": "mse_loss", "classes": None},
        {"loss_scale": 64.0},
        {"classes": None},
    ],
)
def test_other_losses_have_no_such_bound(facts: dict[str, Any]) -> None:
    assert judged(9.0, 0.9, facts=facts).severity is Severity.SKIPPED


def test_a_measured_error_counts_before_the_bound() -> None:
    wrong = judged(0.1, 0.9, during={"val_calibration_error": 0.11})
    assert wrong.severity is Severity.NOTE
    assert "off by 11.0 % on average" in wrong.summary
    right = judged(9.0, 0.9, during={"val_calibration_error": 0.1})
    assert right.severity is Severity.PASS
